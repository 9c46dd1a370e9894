import { useEffect, useState } from 'react';
import type { Planned, PlanQuery } from '../../../contract/plan.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { queryOf } from './fit.ts';

/** While somebody types or drags, the answer to what stands there in the end is enough. */
const restMs = 80;
/** Other programs come and go. */
const againMs = 5000;

/** How the draft would be made, asked anew whenever it changes and, on a card, every few seconds while it is seen. */
export function useFit(asked: PlanQuery): Planned | null {
  const { model, width, height, frames, steps, guidance, memoryLimit, shortcut } = asked;
  const open = useStudio((state) => state.connection === 'open');
  const engine = useStudio((state) => state.engine.kind);
  const clips = useStudio((state) => state.libraryVersion);
  const [planned, setPlanned] = useState<Planned | null>(null);
  useEffect(() => {
    if (!open) return;
    let wanted = true;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const found = document.hidden
        ? null
        : await client.plan
            .for(queryOf({ model, width, height, frames, steps, guidance, memoryLimit, shortcut }))
            // The meter is silent where nobody answers: the room says why.
            .catch(() => null);
      if (!wanted) return;
      if (found) setPlanned(found);
      if (found && 'room' in found && found.room.device === 'cpu') return;
      timer = setTimeout(() => void ask(), againMs);
    };
    timer = setTimeout(() => void ask(), restMs);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [open, engine, clips, model, width, height, frames, steps, guidance, memoryLimit, shortcut]);
  return planned;
}
