export { namedPower, systemPower } from './power.ts';
export { type Abilities, openSession, type Session } from './session.ts';
