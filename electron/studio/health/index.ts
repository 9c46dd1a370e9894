export { busiestProgram } from './busiest.ts';
export { HealthKeeper } from './healthKeeper.ts';
export { cardWorks, lostCard } from './lostCard.ts';
export { type Onlooker, onlooker } from './onlooker.ts';
export { watchedRender } from './watchedRender.ts';
