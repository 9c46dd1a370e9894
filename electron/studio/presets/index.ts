export { builtInPresets } from './builtIn.ts';
