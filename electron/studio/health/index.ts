export { cardWorks, lostCard } from './lostCard.ts';
export { type Onlooker, onlooker } from './onlooker.ts';
export { watchedRender } from './watchedRender.ts';
