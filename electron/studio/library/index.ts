export { Library, type LibraryChange } from './library.ts';
