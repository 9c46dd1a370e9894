import { useEffect } from 'react';
import { create } from 'zustand';
import type { Collection } from '../../../contract/clip.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';

interface Known {
  collections: readonly Collection[];
  /** Models that there are clips of. */
  models: readonly string[];
}

/** What the library can be divided by. */
export const useKnown = create<Known>()(() => ({ collections: [], models: [] }));

let reading = 0;

/** Reads anew whenever something in the library changed. */
export function useReadingKnown(): void {
  const version = useStudio((state) => state.libraryVersion);
  useEffect(() => {
    const mine = ++reading;
    Promise.all([client.library.collections.list(), client.library.models()]).then(
      ([collections, models]) => mine === reading && useKnown.setState({ collections, models }),
      // The clips themselves say that the studio cannot be reached.
      () => {},
    );
  }, [version]);
}
