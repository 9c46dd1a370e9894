import { z } from 'zod';
import { Draft } from '../draft.ts';
import { Job } from '../job.ts';
import { get, id, post } from './asked.ts';

export const queue = {
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
};
