import { goesOnByItself, isRunning, type Job, type JobState } from '../../../../contract/job.ts';
import { type QueueFile, queueFileVersion } from '../../../../contract/queueFile.ts';
import type { Kept } from '../../../../contract/worker.ts';
import { chosenRecovery, discardKept, forgetRemoved, pacesOf, recoverFailed, takeUp } from '../../jobs/index.ts';
import { Refused } from '../../refused.ts';
import { addBatch, addDraft, changeJob } from '../ask.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

/** From as many finished clips one tells how long others take. */
const lookedAt = 300;
/** So long after it was taken out nobody takes a job back. */
const forgottenAfterMs = 3_600_000;

export function queueRoutes(os: Guarded['queue'], { studio, runner, night, session }: RouterParts) {
  const { jobs, paths, now } = studio;
  const job = (id: string): Job => {
    const found = jobs.get(id);
    if (found === null || found.state.kind === 'done') throw new Refused({ reason: 'job', problem: 'gone' });
    return found;
  };
  const wrongState = () => new Refused({ reason: 'job', problem: 'not-in-this-state' });
  /** Says which were taken out: those that run stay. */
  const remove = (ids: readonly string[]): string[] => {
    const removed = jobs.remove(ids);
    void forgetRemoved(studio, now() - forgottenAfterMs).catch((error: unknown) => console.error(error));
    night.look();
    return removed;
  };
  return {
    add: os.add.handler(async ({ input }) => {
      const added = await addDraft(studio, input);
      runner.wake();
      return added;
    }),
    addMany: os.addMany.handler(async ({ input }) => {
      const added = await addBatch(studio, input);
      runner.wake();
      return { ids: added.map(({ id }) => id) };
    }),
    list: os.list.handler(() => jobs.waiting()),
    move: os.move.handler(({ input }) => jobs.move(job(input.id).id, input.before)),
    pause: os.pause.handler(({ input }) => session().pauseQueue(input?.afterClip)),
    resume: os.resume.handler(() => session().resumeQueue()),
    startAt: os.startAt.handler(({ input }) => session().startQueueAt(input.at)),
    whenDone: os.whenDone.handler(({ input }) => {
      if (input.action !== 'nothing' && !night.canDo(input.action)) throw new Refused({ reason: 'not-in-this-host' });
      night.whenDone(input.action);
    }),
    file: os.file.handler(() => fileOf(jobs.waiting())),
    paces: os.paces.handler(() => pacesOf(jobs.lastDone(lookedAt))),
    restore: os.restore.handler(({ input }) => {
      jobs.restore(input.ids);
      runner.wake();
    }),
    removeMany: os.removeMany.handler(({ input }) => ({ ids: remove(input.ids) })),
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
      const found = job(input.id);
      if (isRunning(found.state)) throw wrongState();
      takeUp(jobs, found);
      runner.wake();
    }),
    recover: os.recover.handler(({ input }) => {
      const found = job(input.id);
      const recovery = chosenRecovery(found.state, input.choice);
      if (recovery !== null && runner.decide(found.id, { kind: 'recover', recovery })) return;
      // Asked for twice, what was proposed is under way.
      if (input.choice === null && (isRunning(found.state) || goesOnByItself(found.state))) return;
      if (!recoverFailed(jobs, found, input.choice)) throw wrongState();
      runner.wake();
    }),
    hold: os.hold.handler(({ input }) => {
      if (!runner.decide(job(input.id).id, { kind: 'hold' })) throw wrongState();
    }),
    choosing: os.choosing.handler(({ input: { id, choosing } }) => {
      const waits = runner.decide(job(id).id, { kind: 'wait', choosing });
      // Whoever chose no longer does: it may have begun meanwhile.
      if (!waits && choosing) throw wrongState();
    }),
    cancel: os.cancel.handler(async ({ input }) => {
      await runner.stop(job(input.id).id, 'cancel');
      const found = jobs.get(input.id);
      if (found === null || found.state.kind === 'cancelled' || found.state.kind === 'done') return;
      jobs.setState(found.id, { kind: 'cancelled', kept: keptOf(found.state) });
    }),
    change: os.change.handler(async ({ input }) => {
      const { id, state } = job(input.id);
      if (isRunning(state)) throw wrongState();
      const another = await changeJob(studio, job(id), input.draft, () => {
        // Looked at again: it may have begun while its settings were.
        if (isRunning(job(id).state)) throw wrongState();
      });
      if (another) {
        // Of other settings it is worth nothing; nobody takes the job up meanwhile.
        await discardKept(paths.jobs, id);
        const stood = state.kind === 'paused' && state.reason === 'asked';
        if (!stood && job(id).state.kind === 'paused') jobs.setState(id, { kind: 'queued', kept: { kind: 'nothing' } });
      } else if (state.kind === 'failed' || state.kind === 'cancelled') takeUp(jobs, job(id));
      runner.wake();
      return job(id);
    }),
    remove: os.remove.handler(({ input }) => {
      if (remove([job(input.id).id]).length === 0) throw wrongState();
    }),
  };
}

const keptOf = (state: JobState): Kept => ('kept' in state ? state.kept : { kind: 'nothing' });

/** What waits, without what belongs to this machine: models that are only folders are left out. */
function fileOf(waiting: readonly Job[]): QueueFile {
  const clips = waiting
    .filter(({ state, model }) => (state.kind === 'queued' || state.kind === 'paused') && !/[\\/]/.test(model))
    .map(({ model, settings: { image, ...settings }, memoryLimit, shortcut }) => ({
      ...{ model, ...settings, fromPicture: image !== null },
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(shortcut === undefined ? {} : { shortcut }),
    }));
  return { format: 'reelwright-queue', version: queueFileVersion(clips), clips };
}
