import { useEffect, useMemo, useState } from 'react';
import { type Clip, everyClip } from '../../../contract/clip.ts';
import type { Draft } from '../../../contract/draft.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { expectedSeconds } from './expected.ts';

type Asked = Pick<Draft, 'model' | 'width' | 'height' | 'frames' | 'steps' | 'guidance'>;

const looked = 60;

/** The clips that were made last, read anew when the library changes. */
function useLatest(): readonly Clip[] {
  const version = useStudio((state) => state.libraryVersion);
  const [clips, setClips] = useState<readonly Clip[]>([]);
  useEffect(() => {
    let wanted = true;
    client.library.page({ ...everyClip, offset: 0, limit: looked }).then(
      (page) => wanted && setClips(page.clips),
      // Without them nothing is said about time.
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [version]);
  return clips;
}

/** Null while nothing like it was ever made here. */
export function useExpected(asked: Asked): PhaseSeconds | null {
  const clips = useLatest();
  const { model, width, height, frames, steps, guidance } = asked;
  return useMemo(
    () => expectedSeconds(clips, { model, width, height, frames, steps, guidance }),
    [clips, model, width, height, frames, steps, guidance],
  );
}
