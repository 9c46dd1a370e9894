import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { Clip, ClipPage, ClipQuery } from './clip.ts';
import { Draft, Preset } from './draft.ts';
import { StudioEvent } from './events.ts';
import { Job } from './job.ts';
import { Model } from './model.ts';
import { named } from './named.ts';
import { FolderProblem, Refusal } from './refusal.ts';
import { Settings, SettingsChange } from './settings.ts';
import { CardUser, History, HistoryQuery, Machine, Sample } from './telemetry.ts';

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
});
export type About = z.infer<typeof About>;

const asked = oc.errors({ REFUSED: { status: 422, message: 'Refused', data: Refusal } });
const id = z.object({ id: z.string().min(1).max(64) });
const ids = z.object({ ids: z.array(z.string().min(1).max(64)).min(1).max(20_000) });
/** In an address everything is text. */
const flag = z.union([z.boolean(), z.stringbool()]).default(false);
const ClipPageQuery = z.object({
  search: ClipQuery.shape.search.default(''),
  starred: flag,
  deleted: flag,
  order: ClipQuery.shape.order.default('newest'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const get = (path: `/${string}`, summary: string) => asked.route({ method: 'GET', path, summary });
const post = (path: `/${string}`, summary: string) => asked.route({ method: 'POST', path, summary });

/** Everything that a host carries between a person or a program and the studio. */
export const api = {
  about: get('/about', 'What this studio is').output(About),
  events: get('/events', 'Everything that happens, from now on').output(eventIterator(StudioEvent)),
  models: get('/models', 'Models that are present').output(z.array(Model)),
  presets: get('/presets', 'Built-in presets of the models that are present').output(z.array(Preset)),
  engine: {
    /** Tries again after a set-up that could not be finished. */
    retry: post('/engine/retry', 'Try the set-up again').output(z.void()),
  },
  queue: {
    add: post('/queue', 'Add a clip to the queue').input(Draft).output(Job),
    list: get('/queue', 'Jobs that are not done').output(z.array(Job)),
    /** Puts `id` just before `before`, or at the end. */
    move: post('/queue/move', 'Change the order')
      .input(id.extend({ before: z.string().max(64).nullable() }))
      .output(z.void()),
    /** The whole queue: what runs is stopped at its next step and its memory is given back. */
    pause: post('/queue/pause', 'Pause the queue').output(z.void()),
    resume: post('/queue/resume', 'Go on with the queue').output(z.void()),
    pauseJob: post('/queue/{id}/pause', 'Pause one job').input(id).output(z.void()),
    /** Also a retry: of what failed or was cancelled, from what is kept. */
    resumeJob: post('/queue/{id}/resume', 'Go on with a job, or try it again').input(id).output(z.void()),
    cancel: post('/queue/{id}/cancel', 'Cancel a job and keep what is done').input(id).output(z.void()),
    /** Forgets a job that is not running, and what it had kept. */
    remove: post('/queue/{id}/remove', 'Take a job out of the queue').input(id).output(z.void()),
  },
  library: {
    page: get('/library', 'Clips, some at a time').input(ClipPageQuery).output(ClipPage),
    get: get('/library/{id}', 'One clip').input(id).output(Clip),
    star: post('/library/star', 'Star or unstar')
      .input(ids.extend({ starred: z.boolean() }))
      .output(z.void()),
    /** Into the studio's trash, from where they can be restored for thirty days. */
    delete: post('/library/delete', 'Put clips into the trash').input(ids).output(z.void()),
    restore: post('/library/restore', 'Take clips out of the trash').input(ids).output(z.void()),
    /** For good. Without ids: everything that is in the trash. */
    purge: post('/library/purge', 'Delete what is in the trash')
      .input(z.object({ ids: z.array(z.string().max(64)).max(20_000).nullable() }))
      .output(z.void()),
    reveal: post('/library/{id}/reveal', 'Show the file in its folder').input(id).output(z.void()),
  },
  settings: {
    get: get('/settings', 'What is remembered').output(Settings),
    change: post('/settings', 'Change what is remembered').input(SettingsChange).output(Settings),
    /** Desktop: asks in the system's own dialog. Null when nothing was chosen. */
    chooseFolder: post('/settings/choose-folder', 'Choose a folder in a dialog').output(z.string().nullable()),
    checkFolder: post('/settings/check-folder', 'Whether clips can be written there')
      .input(z.object({ path: z.string().min(1).max(4096) }))
      .output(z.object({ problem: FolderProblem.nullable() })),
  },
  telemetry: {
    machine: get('/telemetry/machine', 'What the machine is made of').output(Machine),
    samples: get('/telemetry/samples', 'Readings, from now on').output(eventIterator(Sample)),
    history: get('/telemetry/history', 'Readings of the past')
      .input(
        HistoryQuery.extend({
          card: z.string().nullable().default(null),
          seconds: z.coerce.number().pipe(HistoryQuery.shape.seconds),
          points: z.coerce.number().pipe(HistoryQuery.shape.points),
        }),
      )
      .output(History),
    users: get('/telemetry/users', 'Who holds memory of a card')
      .input(z.object({ card: z.string() }))
      .output(z.array(CardUser)),
  },
};
export type Api = typeof api;
