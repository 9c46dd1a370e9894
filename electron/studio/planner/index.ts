export type { After, Failed } from './alternatives.ts';
export { calibrate } from './calibrate.ts';
export { planChanges, readsAnew, samePlan } from './changes.ts';
export { cardsNow } from './look.ts';
export { type ImaginedMachine, imagined } from './machine.ts';
export { Planner } from './planner.ts';
