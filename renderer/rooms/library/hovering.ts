import { create } from 'zustand';

/** The one clip that plays in the grid. */
export const usePlaying = create<{ id: string | null }>()(() => ({ id: null }));

const rest = 150;
let timer: ReturnType<typeof setTimeout> | undefined;

const prefersStillness = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The pointer or the keyboard rests on a clip. It begins when it stays there, and never for those who want stillness. */
export function restOn(id: string): void {
  clearTimeout(timer);
  if (prefersStillness()) return;
  timer = setTimeout(() => usePlaying.setState({ id }), rest);
}

export function leave(id: string): void {
  clearTimeout(timer);
  if (usePlaying.getState().id === id) usePlaying.setState({ id: null });
}

/** Asked for by a key: then it plays whatever the preference, and stops when asked again. */
export function playHere(id: string): void {
  clearTimeout(timer);
  usePlaying.setState((state) => ({ id: state.id === id ? null : id }));
}
