import { z } from 'zod';
import { EngineState, Live, Notice } from './engine.ts';
import { Failure } from './failure.ts';
import { Job } from './job.ts';
import { named } from './named.ts';
import { Preview } from './preview.ts';
import { Settings } from './settings.ts';
import { Health } from './telemetry.ts';

/** What the machine does when nothing is left to be made: for this time only. */
export const WhenDone = z.enum(['nothing', 'sleep', 'shut-down']);
export type WhenDone = z.infer<typeof WhenDone>;

/** Whether the queue takes up the next job by itself. The order is that of `Job.position`. */
export const QueueState = named('QueueState', {
  paused: z.boolean(),
  /**
   * Why nothing goes on though nobody asked for that: it paused by itself, as nothing can be made on this machine any
   * more; or, while it is not paused, this cannot be written down yet.
   */
  because: Failure.nullable(),
  /** Paused until then (ms since 1970). */
  startAt: z.int().nullable(),
  /** What runs is finished, then the queue pauses. */
  pausesAfterClip: z.boolean(),
  whenDone: WhenDone,
  /** Nothing is left: when it happens (ms since 1970), unless somebody says no. */
  endsAt: z.int().nullable(),
});
export type QueueState = z.infer<typeof QueueState>;

/** The rooms of the window. */
export const Room = z.enum(['create', 'queue', 'library', 'presets', 'machine', 'settings']);
export type Room = z.infer<typeof Room>;

/** Everything a page needs to know without asking again. The first event is always the snapshot. */
export const StudioEvent = z.discriminatedUnion('type', [
  named('SnapshotEvent', {
    type: z.literal('snapshot'),
    engine: EngineState,
    queue: QueueState,
    /**
     * Those that are not done: waiting, running, paused, failed, cancelled. Of very many the first ones and what runs;
     * the others follow at once in `jobs`, some at a time.
     */
    jobs: z.array(Job),
    live: Live.nullable(),
    health: Health,
    settings: Settings,
    /** What the host was handed and nobody has looked at yet. */
    received: z.string().nullable(),
  }),
  named('EngineEvent', { type: z.literal('engine'), engine: EngineState }),
  named('QueueEvent', { type: z.literal('queue'), queue: QueueState }),
  /** Added or changed; one that is done is told once as such and then belongs to the library. */
  named('JobChangedEvent', { type: z.literal('job'), job: Job }),
  /** The same of several. */
  named('JobsChangedEvent', { type: z.literal('jobs'), jobs: z.array(Job) }),
  named('JobsRemovedEvent', { type: z.literal('jobs-removed'), ids: z.array(z.string()) }),
  named('LiveEvent', { type: z.literal('live'), live: Live.nullable() }),
  /** Told when it becomes another one, not with every reading. */
  named('HealthEvent', { type: z.literal('health'), health: Health }),
  /** All that is shown of what runs, or what that goes on with. */
  named('PreviewEvent', { type: z.literal('preview'), part: Preview }),
  named('NoticeEvent', { type: z.literal('notice'), notice: Notice }),
  /** Something in the library changed: what is shown of it is to be read again. */
  named('LibraryEvent', { type: z.literal('library'), added: z.array(z.string()), removed: z.array(z.string()) }),
  /** Another preset, or another state of one: the list is to be read again. */
  named('PresetsEvent', { type: z.literal('presets') }),
  /** The host was handed something, by a link or a file: it is to be looked at by this id; null when all of it was. */
  named('ReceivedEvent', { type: z.literal('received'), id: z.string().nullable() }),
  named('SettingsEvent', { type: z.literal('settings'), settings: Settings }),
  /** The host asks the page to show a room: a menu, a notification that was clicked, a link. */
  named('ShowEvent', { type: z.literal('show'), room: Room }),
]);
export type StudioEvent = z.infer<typeof StudioEvent>;
