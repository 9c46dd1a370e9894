import type { StudioEvent } from '../../../contract/events.ts';
import { Feed, following } from './feed.ts';
import { guarded } from './guard.ts';
import { libraryRoutes } from './routes/library.ts';
import type { RouterParts } from './routes/parts.ts';
import { planRoutes } from './routes/plan.ts';
import { presetRoutes } from './routes/presets.ts';
import { promptRoutes } from './routes/prompts.ts';
import { queueRoutes } from './routes/queue.ts';
import { settingsRoutes } from './routes/settings.ts';
import { telemetryRoutes } from './routes/telemetry.ts';

export type StudioRouter = ReturnType<typeof createRouter>;

/** The contract, carried out. */
export function createRouter(parts: RouterParts) {
  const { studio, abilities, keeper, pageIsThere, session } = parts;
  const os = guarded(studio.paths.database);
  return os.router({
    about: os.about.handler(() => ({
      version: abilities.version,
      host: abilities.host,
      platform: process.platform,
      dataFolder: studio.paths.home,
      clipsFolder: studio.paths.clips,
      locale: abilities.locale,
      canReveal: abilities.reveal !== null,
      canChooseFolder: abilities.chooseFolder !== null,
      canDragOut: abilities.dragOut !== null,
      powers: [...(abilities.power?.actions ?? [])],
    })),
    events: os.events.handler(({ signal }) => {
      // A page that reads slowly gets the newest preview, not all of them; but all parts of that.
      const feed = new Feed<StudioEvent>(
        ({ type }) => (type === 'preview' || type === 'live' ? type : null),
        (event) => event.type === 'preview' && event.part.before > 0,
      );
      // What happens while it is told how things stand is told after that.
      return following(
        feed,
        (push) => session().on(push),
        signal,
        function* () {
          yield* session().standing();
          pageIsThere();
        },
      );
    }),
    models: os.models.handler(() => studio.models()),
    engine: { retry: os.engine.retry.handler(() => void keeper.start()) },
    plan: planRoutes(os.plan, parts),
    queue: queueRoutes(os.queue, parts),
    prompts: promptRoutes(os.prompts, parts),
    library: libraryRoutes(os.library, parts),
    presets: presetRoutes(os.presets, parts),
    settings: settingsRoutes(os.settings, parts),
    telemetry: telemetryRoutes(os.telemetry, parts),
  });
}
