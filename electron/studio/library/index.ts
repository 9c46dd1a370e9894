export type { Exporter } from './exporter.ts';
export { startExporter } from './exporter.ts';
export { Library, type LibraryChange } from './library.ts';
export { TaskFailed } from './tasks.ts';
export { LibraryWork } from './work.ts';
