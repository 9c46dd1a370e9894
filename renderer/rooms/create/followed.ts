import { create } from 'zustand';
import { runningJob, useStudio } from '../../app/store.ts';

/** The job that this page follows: the one that runs, or that was added last while none did. */
export const useFollowed = create<{ id: string | null }>()(() => ({ id: null }));

export const follow = (id: string): void => useFollowed.setState({ id });

useStudio.subscribe((state, before) => {
  if (state.jobs === before.jobs) return;
  const running = runningJob(state);
  if (running && running.id !== useFollowed.getState().id) follow(running.id);
});
