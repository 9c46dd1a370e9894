export { BoundedLog } from './boundedLog.ts';
export { type Patience, patience } from './stall.ts';
export { Supervisor, type SupervisorOptions, WorkerFailed } from './supervisor.ts';
