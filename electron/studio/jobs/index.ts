export { type Cancelled, cancelJob, discardKept } from './cancel.ts';
export { freeClipName } from './clipName.ts';
export { advance, beginRun, type Run } from './live.ts';
export { PhaseLog } from './phaseLog.ts';
export { type Engine, type JobEvent, JobQueue } from './queue.ts';
export { type RenderRequest, requestKey, seeded } from './request.ts';
export { failureSentence, keptSentence } from './sentence.ts';
export { type JobChange, JobStore } from './store.ts';
export { timeLeft } from './timeLeft.ts';
