export { checkFolder, Remembered } from './remembered.ts';
