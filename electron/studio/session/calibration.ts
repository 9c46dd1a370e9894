import type { CalibrationEvent, PlanQuery } from '../../../contract/plan.ts';
import { shapeProblem } from '../models/index.ts';
import { calibrate } from '../planner/index.ts';
import { Refused } from '../refused.ts';
import type { Studio } from '../studio.ts';
import { modelOf } from './ask.ts';
import type { EngineKeeper } from './engine.ts';
import { Feed, following } from './feed.ts';
import type { Runner } from './runner.ts';

/** Short clips while no job runs, told one after the other; given up when nobody listens. @throws {Refused} */
export async function calibration(
  { studio, keeper, runner }: { studio: Studio; keeper: EngineKeeper; runner: Runner },
  query: PlanQuery,
  signal: AbortSignal | undefined,
): Promise<AsyncGenerator<CalibrationEvent, void, void>> {
  const { planner, paths } = studio;
  const model = await modelOf(studio, query.model);
  const hasPicture = model.task === 'image-to-video';
  const problem = shapeProblem(model, { ...query, hasPicture });
  if (problem !== null) throw new Refused({ reason: 'shape', model: model.name, problem });
  const feed = new Feed<CalibrationEvent>();
  const heard = new AbortController();
  const task = async (ended: AbortSignal): Promise<void> => {
    const supervisor = keeper.engine?.supervisor();
    if (supervisor === undefined) return feed.push({ type: 'not-now', why: 'no-engine' });
    planner.probed(await supervisor.probe(), supervisor.reservedBytes);
    feed.push({ type: 'begun', before: await planner.for(query) });
    await calibrate(
      {
        planner,
        render: (order, onProgress, abort) => supervisor.render(order, onProgress, abort),
        folder: paths.calibration,
      },
      model,
      query,
      AbortSignal.any([ended, heard.signal]),
      (run, number, of) => feed.push({ type: 'tried', run, number, of }),
    );
    // A job came, or the queue was paused: what was measured until then counts.
    if (!ended.aborted) feed.push({ type: 'done', after: await planner.for(query) });
  };
  return following(
    feed,
    (push) => {
      const running = runner.aside(task);
      if (running === null) push({ type: 'not-now', why: runner.rendering ? 'rendering' : 'no-engine' });
      // A worker that is lost on the way ends it; the next one to ask hears why.
      void (running ?? Promise.resolve()).catch((error: unknown) => console.error(error)).then(() => feed.close());
      return () => heard.abort();
    },
    signal,
  );
}
