export { type Cancelled, cancelJob } from './cancel.ts';
export { type Engine, type JobEvent, JobQueue } from './queue.ts';
export { type RenderRequest, requestKey } from './request.ts';
export { failureSentence, keptSentence } from './sentence.ts';
export { JobStore } from './store.ts';
export { timeLeft } from './timeLeft.ts';
