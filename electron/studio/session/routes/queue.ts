import { goesOnByItself, type Job, type JobState, runningKinds } from '../../../../contract/job.ts';
import type { Kept } from '../../../../contract/worker.ts';
import { cancelJob, discardKept } from '../../jobs/index.ts';
import { Refused } from '../../refused.ts';
import { addDraft } from '../ask.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function queueRoutes(os: Guarded['queue'], { studio, runner, session }: RouterParts) {
  const { jobs, paths } = studio;
  const job = (id: string): Job => {
    const found = jobs.get(id);
    if (found === null || found.state.kind === 'done') throw new Refused({ reason: 'job', problem: 'gone' });
    return found;
  };
  const wrongState = () => new Refused({ reason: 'job', problem: 'not-in-this-state' });
  return {
    add: os.add.handler(async ({ input }) => {
      const added = await addDraft(studio, input);
      runner.wake();
      return added;
    }),
    list: os.list.handler(() => jobs.waiting()),
    move: os.move.handler(({ input }) => jobs.move(job(input.id).id, input.before)),
    pause: os.pause.handler(() => session().pauseQueue()),
    resume: os.resume.handler(() => session().resumeQueue()),
    pauseJob: os.pauseJob.handler(async ({ input }) => {
      const ran = await runner.stop(job(input.id).id, 'asked');
      const found = jobs.get(input.id);
      // Stopped for another reason, or at its end, in the very moment.
      if (found === null || (ran && !goesOnByItself(found.state))) return;
      const { id, state } = found;
      if (state.kind === 'queued') jobs.setState(id, { kind: 'paused', reason: 'asked', kept: state.kept });
      else if (state.kind === 'paused') jobs.setState(id, { ...state, reason: 'asked' });
      else throw wrongState();
    }),
    resumeJob: os.resumeJob.handler(({ input }) => {
      const { id, state } = job(input.id);
      if (isRunning(state)) throw wrongState();
      jobs.setState(id, { kind: 'queued', kept: keptOf(state) });
      runner.wake();
    }),
    cancel: os.cancel.handler(async ({ input }) => {
      await runner.stop(job(input.id).id, 'cancel');
      const found = jobs.get(input.id);
      if (found === null || found.state.kind === 'cancelled' || found.state.kind === 'done') return;
      jobs.setState(found.id, { kind: 'cancelled', kept: keptOf(found.state) });
    }),
    remove: os.remove.handler(async ({ input }) => {
      const found = job(input.id);
      if (isRunning(found.state)) throw wrongState();
      await cancelJob(jobs, paths.jobs, found);
      await discardKept(paths.jobs, found.id);
      jobs.remove(found.id);
    }),
  };
}

const isRunning = (state: JobState): boolean => runningKinds.some((kind) => kind === state.kind);

const keptOf = (state: JobState): Kept => ('kept' in state ? state.kept : { kind: 'nothing' });
