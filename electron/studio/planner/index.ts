export { cardsNow } from './look.ts';
export { type ImaginedMachine, imagined } from './machine.ts';
export { Planner } from './planner.ts';
