export { checkFolder, type QueuePause, Remembered } from './remembered.ts';
