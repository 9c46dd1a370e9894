import type { LibraryWork } from '../../library/index.ts';
import type { Studio } from '../../studio.ts';
import type { Telemetry } from '../../telemetry/index.ts';
import type { EngineKeeper } from '../engine.ts';
import type { Night } from '../night.ts';
import type { Runner } from '../runner.ts';
import type { Abilities, Session } from '../session.ts';

/** What calls are carried out with. */
export interface RouterParts {
  studio: Studio;
  abilities: Abilities;
  telemetry: Telemetry;
  runner: Runner;
  night: Night;
  keeper: EngineKeeper;
  work: LibraryWork;
  /** A page has been given all that it draws at first. */
  pageIsThere: () => void;
  session: () => Session;
}
