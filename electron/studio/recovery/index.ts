export { nextAttempt, type Situation } from './ladder.ts';
export { noteOf } from './note.ts';
export { endSentence, noteSentence, recoverySentence } from './sentence.ts';
