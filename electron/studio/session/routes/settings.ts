import { Refused } from '../../refused.ts';
import { checkFolder } from '../../settings/index.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function settingsRoutes(os: Guarded['settings'], { studio, abilities, session }: RouterParts) {
  return {
    get: os.get.handler(() => studio.remembered.settings()),
    change: os.change.handler(({ input }) => session().changeSettings(input)),
    chooseFolder: os.chooseFolder.handler(() => {
      if (abilities.chooseFolder === null) throw new Refused({ reason: 'not-in-this-host' });
      return abilities.chooseFolder();
    }),
    checkFolder: os.checkFolder.handler(async ({ input }) => ({ problem: await checkFolder(input.path) })),
  };
}
