import { useEffect } from 'react';
import { useStore } from 'zustand';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { createLibrary, type LibraryState } from './library.ts';

export const library = createLibrary((question) => client.library.page(question));

export const useLibrary = <Part>(part: (state: LibraryState) => Part): Part => useStore(library.store, part);

/** Reads when a room opens, and again when something changed or the studio is back. */
export function useReading(): void {
  const version = useStudio((state) => state.libraryVersion);
  useEffect(library.readAgain, [version]);
}
