export { type EnvironmentOptions, ensureEnvironment, repairEnvironment } from './environment.ts';
export type { Device, EnvironmentResult, Extras, SetupProgress } from './outcome.ts';
export { type Build, chooseTorch, type TorchMachine } from './torchBuild.ts';
