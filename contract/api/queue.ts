import { z } from 'zod';
import { Batch } from '../batch.ts';
import { Draft } from '../draft.ts';
import { WhenDone } from '../events.ts';
import { Job } from '../job.ts';
import { Pace } from '../pace.ts';
import { QueueFile } from '../queueFile.ts';
import { get, id, ids, post } from './asked.ts';

const Ids = z.object({ ids: z.array(z.string()) });

export const queue = {
  add: post('/queue', 'Add a clip to the queue').input(Draft).output(Job),
  /** All of them or none, in their order. */
  addMany: post('/queue/many', 'Add many clips to the queue').input(Batch).output(Ids),
  list: get('/queue', 'Jobs that are not done').output(z.array(Job)),
  /** Puts `id` just before `before`, or at the end. */
  move: post('/queue/move', 'Change the order')
    .input(id.extend({ before: z.string().max(64).nullable() }))
    .output(z.void()),
  /** The whole queue: what runs is stopped at its next step and its memory is given back; or first finished. */
  pause: post('/queue/pause', 'Pause the queue')
    .input(z.object({ afterClip: z.boolean().default(false) }).optional())
    .output(z.void()),
  resume: post('/queue/resume', 'Go on with the queue').output(z.void()),
  /** Paused until then (ms since 1970); null forgets the time. */
  startAt: post('/queue/start-at', 'Go on with the queue at a time')
    .input(z.object({ at: z.int().min(0).nullable() }))
    .output(z.void()),
  whenDone: post('/queue/when-done', 'What the machine does when the queue is done')
    .input(z.object({ action: WhenDone }))
    .output(z.void()),
  /** What waits, as a document that can be kept and handed on. */
  file: get('/queue/file', 'The waiting clips as a file').output(QueueFile),
  /** What clips took on this machine, by kind. */
  paces: get('/queue/paces', 'What clips took on this machine').output(z.array(Pace)),
  /** Jobs that were taken out, with what they had kept. */
  restore: post('/queue/restore', 'Put jobs back that were taken out').input(ids).output(z.void()),
  removeMany: post('/queue/remove', 'Take jobs out of the queue').input(ids).output(Ids),
  pauseJob: post('/queue/{id}/pause', 'Pause one job').input(id).output(z.void()),
  /** Also a retry: of what failed or was cancelled, from what is kept, and in the way that was proposed if there is one. */
  resumeJob: post('/queue/{id}/resume', 'Go on with a job, or try it again').input(id).output(z.void()),
  /** Does something about a failure: what was proposed, or `others[choice]`. Ends a countdown, or queues what failed. */
  recover: post('/queue/{id}/recover', 'Recover a job that failed')
    .input(id.extend({ choice: z.int().min(0).max(100).nullable() }))
    .output(z.void()),
  /** Stops a countdown: the job has failed, with what can be done about it, and the queue goes on. */
  hold: post('/queue/{id}/hold', 'Stop the countdown of a recovery').input(id).output(z.void()),
  /** While somebody chooses the countdown stands, for some minutes, and the queue with it; then it begins anew. */
  choosing: post('/queue/{id}/choosing', 'Let the countdown of a recovery stand while somebody chooses')
    .input(id.extend({ choosing: z.boolean() }))
    .output(z.void()),
  cancel: post('/queue/{id}/cancel', 'Cancel a job and keep what is done').input(id).output(z.void()),
  /** Other settings for a job that does not run, in its place. What it had kept is forgotten unless it is the same clip. */
  change: post('/queue/{id}/change', 'Change a waiting job')
    .input(id.extend({ draft: Draft }))
    .output(Job),
  /** Takes a job out that is not running. Until the studio ends it can be put back. */
  remove: post('/queue/{id}/remove', 'Take a job out of the queue').input(id).output(z.void()),
};
