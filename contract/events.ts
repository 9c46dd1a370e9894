import { z } from 'zod';
import { EngineState, Live, Notice, Preview } from './engine.ts';
import { Job } from './job.ts';
import { named } from './named.ts';
import { Settings } from './settings.ts';

/** Whether the queue takes up the next job by itself. The order is that of `Job.position`. */
export const QueueState = named('QueueState', { paused: z.boolean() });
export type QueueState = z.infer<typeof QueueState>;

/** Everything a page needs to know without asking again. The first event is always the snapshot. */
export const StudioEvent = z.discriminatedUnion('type', [
  named('SnapshotEvent', {
    type: z.literal('snapshot'),
    engine: EngineState,
    queue: QueueState,
    /** Every job that is not done: waiting, running, paused, failed, cancelled. */
    jobs: z.array(Job),
    live: Live.nullable(),
    settings: Settings,
  }),
  named('EngineEvent', { type: z.literal('engine'), engine: EngineState }),
  named('QueueEvent', { type: z.literal('queue'), queue: QueueState }),
  /** Added or changed; one that is done is told once as such and then belongs to the library. */
  named('JobChangedEvent', { type: z.literal('job'), job: Job }),
  named('JobRemovedEvent', { type: z.literal('job-removed'), id: z.string() }),
  named('LiveEvent', { type: z.literal('live'), live: Live.nullable() }),
  named('PreviewEvent', { type: z.literal('preview'), preview: Preview }),
  named('NoticeEvent', { type: z.literal('notice'), notice: Notice }),
  /** Something in the library changed: what is shown of it is to be read again. */
  named('LibraryEvent', { type: z.literal('library'), added: z.array(z.string()), removed: z.array(z.string()) }),
  named('SettingsEvent', { type: z.literal('settings'), settings: Settings }),
  /** The host asks the page to show a room: a menu, a notification that was clicked, a link. */
  named('ShowEvent', { type: z.literal('show'), room: z.enum(['create', 'queue', 'library', 'machine', 'settings']) }),
]);
export type StudioEvent = z.infer<typeof StudioEvent>;
