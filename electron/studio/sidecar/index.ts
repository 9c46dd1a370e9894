export { BoundedLog } from './boundedLog.ts';
export { type Expected, type Patience, patience } from './stall.ts';
export { Supervisor, type SupervisorOptions, WorkerFailed } from './supervisor.ts';
