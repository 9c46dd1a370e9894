import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { get, post } from './api/asked.ts';
import { library } from './api/library.ts';
import { plan } from './api/plan.ts';
import { presets } from './api/presets.ts';
import { prompts } from './api/prompts.ts';
import { queue } from './api/queue.ts';
import { settings } from './api/settings.ts';
import { telemetry } from './api/telemetry.ts';
import { StudioEvent, WhenDone } from './events.ts';
import { Model } from './model.ts';
import { named } from './named.ts';

/** What this host can do that another cannot. */
export const About = named('About', {
  version: z.string(),
  host: z.enum(['desktop', 'web']),
  platform: z.string(),
  dataFolder: z.string(),
  clipsFolder: z.string(),
  /** The system's language, as a BCP 47 tag. */
  locale: z.string(),
  /** Desktop only: show a file in its folder, choose a folder in a dialog. */
  canReveal: z.boolean(),
  canChooseFolder: z.boolean(),
  /** Desktop only: a preset becomes a file when it is dragged out of the window. */
  canDragOut: z.boolean(),
  /** What this host can do to the machine when the queue is done. */
  powers: z.array(WhenDone.exclude(['nothing'])),
});
export type About = z.infer<typeof About>;

/** Everything that a host carries between a person or a program and the studio. */
export const api = {
  about: get('/about', 'What this studio is').output(About),
  events: get('/events', 'Everything that happens, from now on').output(eventIterator(StudioEvent)),
  models: get('/models', 'Models that are present').output(z.array(Model)),
  engine: {
    /** Tries again after a set-up that could not be finished. */
    retry: post('/engine/retry', 'Try the set-up again').output(z.void()),
  },
  plan,
  queue,
  prompts,
  library,
  presets,
  settings,
  telemetry,
};
export type Api = typeof api;
