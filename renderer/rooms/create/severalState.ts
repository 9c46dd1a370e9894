import { create } from 'zustand';
import type { Several, Wildcard } from '../../../contract/batch.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';

const restMs = 400;

/** How several clips are made of one text, as it is set here. It is remembered when the hand rests. */
const useOwn = create<{ several: Several | null }>()(() => ({ several: null }));
let timer: ReturnType<typeof setTimeout> | undefined;

export function useSeveral(): Several {
  const own = useOwn((state) => state.several);
  const remembered = useStudio((state) => state.settings.several);
  return own ?? remembered;
}

export const severalNow = (): Several => useOwn.getState().several ?? useStudio.getState().settings.several;

export function changeSeveral(change: Partial<Several>): void {
  const several = { ...severalNow(), ...change };
  useOwn.setState({ several });
  clearTimeout(timer);
  timer = setTimeout(() => {
    // Without an answer it stays as it is here.
    client.settings.change({ several }).catch(() => {});
  }, restMs);
}

/** The user's own lists of words; null until they were read. */
export const useWildcards = create<{ lists: readonly Wildcard[] | null }>()(() => ({ lists: null }));

export async function readWildcards(): Promise<void> {
  const lists = await client.prompts.wildcards().catch(() => null);
  if (lists !== null) useWildcards.setState({ lists });
}

export async function setWildcard(list: Wildcard): Promise<boolean> {
  const done = (await told(client.prompts.setWildcard(list).then(() => true))) ?? false;
  await readWildcards();
  return done;
}

export async function removeWildcard(name: string): Promise<void> {
  await told(client.prompts.removeWildcard({ name }));
  await readWildcards();
}

export const wildcardValues = (lists: readonly Wildcard[] | null): Record<string, readonly string[]> =>
  Object.fromEntries((lists ?? []).map(({ name, entries }) => [name, entries]));
