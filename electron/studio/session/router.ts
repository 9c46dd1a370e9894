import { existsSync } from 'node:fs';
import { implement, ORPCError } from '@orpc/server';
import { api } from '../../../contract/api.ts';
import type { StudioEvent } from '../../../contract/events.ts';
import { goesOnByItself, type Job, type JobState, runningKinds } from '../../../contract/job.ts';
import type { Refusal } from '../../../contract/refusal.ts';
import type { Sample } from '../../../contract/telemetry.ts';
import type { Kept } from '../../../contract/worker.ts';
import { cancelJob, discardKept } from '../jobs/index.ts';
import { builtInPresets } from '../presets/index.ts';
import { Refused } from '../refused.ts';
import { checkFolder } from '../settings/index.ts';
import type { Studio } from '../studio.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { addDraft } from './ask.ts';
import type { EngineKeeper } from './engine.ts';
import { Feed } from './feed.ts';
import type { Runner } from './runner.ts';
import type { Abilities, Session } from './session.ts';
import { storageProblem } from './site.ts';

export interface RouterParts {
  studio: Studio;
  abilities: Abilities;
  telemetry: Telemetry;
  runner: Runner;
  keeper: EngineKeeper;
  session: () => Session;
}

export type StudioRouter = ReturnType<typeof createRouter>;

/** The contract, carried out. Every refusal and every failing disk becomes a value that the hosts have words for. */
export function createRouter(parts: RouterParts) {
  const { studio, abilities, telemetry, runner, keeper, session } = parts;
  const { jobs, library, remembered, paths } = studio;
  const os = implement(api).use(async ({ next, procedure }) => {
    const changes = procedure['~orpc'].route.method !== 'GET';
    // The database would go on writing to a file that nobody can find any more.
    if (changes && !existsSync(paths.database)) throw refusedAnswer({ reason: 'storage', problem: 'gone' });
    try {
      return await next();
    } catch (error) {
      if (error instanceof Refused) throw refusedAnswer(error.refusal);
      const problem = storageProblem(error);
      if (problem !== null) throw refusedAnswer({ reason: 'storage', problem });
      if (!(error instanceof ORPCError)) console.error(error);
      throw error;
    }
  });
  const models = async () => (await studio.listModels()).flatMap((item) => (item.kind === 'model' ? [item.model] : []));
  const job = (id: string): Job => {
    const found = jobs.get(id);
    if (found === null || found.state.kind === 'done') throw new Refused({ reason: 'job', problem: 'gone' });
    return found;
  };
  const wrongState = () => new Refused({ reason: 'job', problem: 'not-in-this-state' });

  return os.router({
    about: os.about.handler(() => ({
      version: abilities.version,
      host: abilities.host,
      platform: process.platform,
      dataFolder: paths.home,
      clipsFolder: paths.clips,
      locale: abilities.locale,
      canReveal: abilities.reveal !== null,
      canChooseFolder: abilities.chooseFolder !== null,
    })),
    events: os.events.handler(({ signal }) => {
      // A page that reads slowly gets the newest picture, not all of them.
      const feed = new Feed<StudioEvent>(
        (newer, older) => newer.type === older.type && (newer.type === 'preview' || newer.type === 'live'),
      );
      // In one breath, when reading begins: nothing happens between the snapshot and what follows it.
      const attach = (push: (event: StudioEvent) => void) => {
        push(session().snapshot());
        return session().on(push);
      };
      return following(feed, attach, signal);
    }),
    models: os.models.handler(models),
    presets: os.presets.handler(async () => (await models()).flatMap(builtInPresets)),
    engine: { retry: os.engine.retry.handler(() => void keeper.start()) },
    queue: {
      add: os.queue.add.handler(async ({ input }) => {
        const added = await addDraft(studio, input);
        runner.wake();
        return added;
      }),
      list: os.queue.list.handler(() => jobs.waiting()),
      move: os.queue.move.handler(({ input }) => jobs.move(job(input.id).id, input.before)),
      pause: os.queue.pause.handler(() => session().pauseQueue()),
      resume: os.queue.resume.handler(() => session().resumeQueue()),
      pauseJob: os.queue.pauseJob.handler(async ({ input }) => {
        const ran = await runner.stop(job(input.id).id, 'asked');
        const found = jobs.get(input.id);
        // Stopped for another reason, or at its end, in the very moment.
        if (found === null || (ran && !goesOnByItself(found.state))) return;
        const { id, state } = found;
        if (state.kind === 'queued') jobs.setState(id, { kind: 'paused', reason: 'asked', kept: state.kept });
        else if (state.kind === 'paused') jobs.setState(id, { ...state, reason: 'asked' });
        else throw wrongState();
      }),
      resumeJob: os.queue.resumeJob.handler(({ input }) => {
        const { id, state } = job(input.id);
        if ((runningKinds as readonly string[]).includes(state.kind)) throw wrongState();
        jobs.setState(id, { kind: 'queued', kept: keptOf(state) });
        runner.wake();
      }),
      cancel: os.queue.cancel.handler(async ({ input }) => {
        await runner.stop(job(input.id).id, 'cancel');
        const found = jobs.get(input.id);
        if (found === null || found.state.kind === 'cancelled' || found.state.kind === 'done') return;
        jobs.setState(found.id, { kind: 'cancelled', kept: keptOf(found.state) });
      }),
      remove: os.queue.remove.handler(async ({ input }) => {
        const found = job(input.id);
        if ((runningKinds as readonly string[]).includes(found.state.kind)) throw wrongState();
        await cancelJob(jobs, paths.jobs, found);
        await discardKept(paths.jobs, found.id);
        jobs.remove(found.id);
      }),
    },
    library: {
      page: os.library.page.handler(({ input: { offset, limit, ...query } }) => library.page(query, offset, limit)),
      get: os.library.get.handler(({ input }) => library.get(input.id)),
      star: os.library.star.handler(({ input }) => library.star(input.ids, input.starred)),
      delete: os.library.delete.handler(({ input }) => library.delete(input.ids)),
      restore: os.library.restore.handler(({ input }) => library.restore(input.ids)),
      purge: os.library.purge.handler(({ input }) => library.purge(input.ids)),
      reveal: os.library.reveal.handler(async ({ input }) => {
        if (abilities.reveal === null) throw new Refused({ reason: 'not-in-this-host' });
        const clip = await library.get(input.id);
        if (clip.missing) throw new Refused({ reason: 'clip', problem: 'file-gone' });
        abilities.reveal(library.fileOf(input.id));
      }),
    },
    settings: {
      get: os.settings.get.handler(() => remembered.settings()),
      change: os.settings.change.handler(({ input }) => session().changeSettings(input)),
      chooseFolder: os.settings.chooseFolder.handler(() => {
        if (abilities.chooseFolder === null) throw new Refused({ reason: 'not-in-this-host' });
        return abilities.chooseFolder();
      }),
      checkFolder: os.settings.checkFolder.handler(async ({ input }) => ({ problem: await checkFolder(input.path) })),
    },
    telemetry: {
      machine: os.telemetry.machine.handler(() => telemetry.machine()),
      samples: os.telemetry.samples.handler(({ signal }) =>
        following(new Feed<Sample>(), (push) => telemetry.watch(push), signal),
      ),
      history: os.telemetry.history.handler(async ({ input }) => ({
        ...(await telemetry.history(input)),
        phases: runner.phasesSince(studio.now() - input.seconds * 1000),
      })),
      users: os.telemetry.users.handler(({ input }) => telemetry.users(input.card)),
    },
  });
}

const keptOf = (state: JobState): Kept => ('kept' in state ? state.kept : { kind: 'nothing' });

const refusedAnswer = (data: Refusal) => new ORPCError('REFUSED', { status: 422, message: 'Refused', data });

/** What a source pushes, until the listener goes. */
async function* following<Event>(
  feed: Feed<Event>,
  attach: (push: (event: Event) => void) => () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, void, void> {
  const detach = attach((event) => feed.push(event));
  const close = () => feed.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    yield* feed;
  } finally {
    signal?.removeEventListener('abort', close);
    detach();
  }
}
