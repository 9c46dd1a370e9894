import { useEffect, useState } from 'react';
import { type Clip, everyClip } from '../../../contract/clip.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';

const latest = { ...everyClip, offset: 0, limit: 100 };

/** The newest clips, from which one tells how long others will take. */
export function useLatestClips(): readonly Clip[] {
  const version = useStudio((state) => state.libraryVersion);
  const [clips, setClips] = useState<readonly Clip[]>([]);
  useEffect(() => {
    let over = false;
    client.library.page(latest).then(
      (page) => over || setClips(page.clips),
      // Times are then not told.
      () => {},
    );
    return () => {
      over = true;
    };
  }, [version]);
  return clips;
}
