import { create } from 'zustand';
import { type ClipExport, LibraryTask } from '../../../contract/libraryTask.ts';
import { sitePaths } from '../../../contract/site.ts';
import { client, connected } from '../../app/client.ts';
import { told } from '../../app/told.ts';

/** What goes on in the library, the oldest first. */
export const useTasks = create<{ tasks: readonly LibraryTask[] }>()(() => ({ tasks: [] }));

/** Those that this page asked for: when they are ready, their download begins by itself. */
const mine = new Set<string>();

export const withTask = (tasks: readonly LibraryTask[], task: LibraryTask): LibraryTask[] =>
  tasks.some(({ id }) => id === task.id) ? tasks.map((each) => (each.id === task.id ? task : each)) : [...tasks, task];

function take(task: LibraryTask): void {
  useTasks.setState(({ tasks }) => ({ tasks: withTask(tasks, task) }));
  const { state } = task;
  if (state.kind === 'running' || !mine.delete(task.id)) return;
  if (state.kind === 'done' && state.result.kind === 'export' && state.result.place === null) save(task.id);
  if (state.kind === 'cancelled') void forget(task.id);
}

/** The host asks where to, or has its place for it. */
export function save(task: string): void {
  const link = document.createElement('a');
  link.href = sitePaths.clipExport(task);
  link.download = '';
  link.click();
}

async function started(call: Promise<LibraryTask>): Promise<boolean> {
  const task = await told(call);
  if (task === null) return false;
  mine.add(task.id);
  // It may be told as done before its start is answered.
  take(useTasks.getState().tasks.find(({ id }) => id === task.id) ?? LibraryTask.parse(task));
  return true;
}

export const exportClip = (wanted: ClipExport): Promise<boolean> => started(client.library.export(wanted));
export const importFolder = (folder: string, plain: boolean): Promise<boolean> =>
  started(client.library.import({ folder, plain }));
export const moveLibrary = (folder: string): Promise<boolean> => started(client.library.move({ folder }));
export const rebuildLibrary = (): Promise<boolean> => started(client.library.rebuild());
export const giveUp = (id: string): Promise<unknown> => told(client.library.tasks.cancel({ id }));

export async function forget(id: string): Promise<void> {
  useTasks.setState(({ tasks }) => ({ tasks: tasks.filter((task) => task.id !== id) }));
  await told(client.library.tasks.forget({ id }));
}

const pauseMs = 2000;
let following = false;

/** Listens for as long as the page lives, from the first look into the library on. */
export function followTasks(): void {
  if (following) return;
  following = true;
  void (async () => {
    for (;;) {
      try {
        const connection = await connected();
        const own = new AbortController();
        // A stream of a dead link must not be waited for.
        void connection.ended.then(() => own.abort());
        useTasks.setState({ tasks: [] });
        const changes = await client.library.tasks.follow(undefined, { signal: own.signal });
        for await (const task of changes) take(task);
      } catch {
        // The window itself says that the studio is gone.
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
}
