export type { Exporter } from './exporter.ts';
export { exportClip } from './exporting.ts';
export { Library, type LibraryChange } from './library.ts';
export { problemOf as taskProblem, TaskFailed } from './tasks.ts';
export { LibraryWork } from './work.ts';
