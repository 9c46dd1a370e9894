export { BoundedLog } from './boundedLog.ts';
export { type Patience, patience } from './stall.ts';
export { Supervisor, type SupervisorOptions } from './supervisor.ts';
export { WorkerFailed } from './workerFailed.ts';
