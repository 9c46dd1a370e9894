import { useEffect, useState } from 'react';
import type { Clip } from '../../../contract/clip.ts';
import { client, refused } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { useLibrary } from './useLibrary.ts';
import { clipAt, indexOf } from './windows.ts';

/** From what the grid has read, else by asking; again whenever the library changed. */
export function useClip(id: string): { clip: Clip | undefined; gone: boolean } {
  const version = useStudio((state) => state.libraryVersion);
  const listed = useLibrary((state) => {
    const index = indexOf(state.cache, id);
    return index === null ? undefined : clipAt(state.cache, index);
  });
  const [asked, setAsked] = useState<{ id: string; clip: Clip | null } | null>(null);
  useEffect(() => {
    let over = false;
    client.library.get({ id }).then(
      (clip) => over || setAsked({ id, clip }),
      (error) => over || (refused(error) !== null && setAsked({ id, clip: null })),
    );
    return () => {
      over = true;
    };
  }, [id, version]);
  const answer = asked?.id === id ? asked.clip : undefined;
  // What was read for the grid may be older than the file's end.
  const clip = listed && answer ? { ...listed, missing: answer.missing } : (listed ?? answer ?? undefined);
  return { clip, gone: listed === undefined && answer === null };
}
