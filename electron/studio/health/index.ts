export { busiestProgram } from './busiest.ts';
export { HealthKeeper } from './healthKeeper.ts';
export { lookForCard } from './lostCard.ts';
export { type Onlooker, onlooker } from './onlooker.ts';
export { movesMemory } from './spill.ts';
export { watchedRender, withOthers } from './watchedRender.ts';
