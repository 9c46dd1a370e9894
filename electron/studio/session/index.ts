export { type Abilities, openSession, type Session } from './session.ts';
