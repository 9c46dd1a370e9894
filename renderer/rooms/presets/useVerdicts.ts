import { useEffect, useState } from 'react';
import type { Verdict } from '../../../contract/plan.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { modelFor } from './apply.ts';

/** As many as one call may ask about. */
const atOnce = 500;

/** What each would be on this machine, asked for anew when something changed that it rests on. */
export function useVerdicts(presets: readonly Preset[]): ReadonlyMap<string, Verdict> {
  const models = useStudio((state) => state.models);
  const engine = useStudio((state) => state.engine.kind);
  const version = useStudio((state) => state.libraryVersion);
  const [verdicts, setVerdicts] = useState<ReadonlyMap<string, Verdict>>(new Map());
  // An engine knows the machine, and every clip what it took
  useEffect(() => {
    let wanted = true;
    const asked = presets.slice(0, atOnce);
    const items = asked.map(({ document }) => {
      const { model, width, height, frames, steps, guidance } = document;
      return { model: modelFor(document, models)?.id ?? model, width, height, frames, steps, guidance };
    });
    client.plan.verdicts({ items }).then(
      (answers) => {
        if (!wanted) return;
        const known = asked.flatMap(({ id }, at) => {
          const verdict = answers[at];
          return verdict ? [[id, verdict] as const] : [];
        });
        setVerdicts(new Map(known));
      },
      // Without them nothing is said about it.
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [presets, models, engine, version]);
  return verdicts;
}
