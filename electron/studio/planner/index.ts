export { cardSpeed, knownCards } from './cards.ts';
export { type ModelFacts, readCatalogue } from './facts.ts';
export { deviceRoom, hostRoom, type PlanMachine } from './machine.ts';
export { type CardNow, Planner, plannedFor } from './planner.ts';
