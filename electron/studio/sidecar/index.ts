export { BoundedLog } from './boundedLog.ts';
export { Supervisor, type SupervisorOptions, WorkerFailed } from './supervisor.ts';
