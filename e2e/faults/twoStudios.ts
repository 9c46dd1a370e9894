import { ensureBuilt, page } from '../../bootstrap/build.mjs';
import { cli, root } from '../cli.ts';
import { open } from '../openStudio.ts';
import type { Stage } from './stage.ts';

export interface Second {
  what: string;
  wrong: string[];
}

const sentence = /^Another Reelwright is (open|rendering) in .+\. .+ folder of its own with --home\.$/;

/** While a studio is open in a data folder, whoever else wants to work in it is told so; and of two that begin at once. */
export async function surviveSecond(stage: Stage): Promise<Second[]> {
  await ensureBuilt(root, [page], () => {});
  const found = [await atOnce(stage)];
  const first = open(stage.home);
  try {
    const generate = await stage.begin('second').ended;
    const said = generate.last?.type === 'error' ? generate.last : null;
    const told = said?.cause === 'busy' && sentence.test(said.sentence) && generate.code === 3;
    found.push({ what: 'generate', wrong: told ? [] : [`it said ${JSON.stringify(generate.last)}`] });

    const serve = await cli(['serve'], { home: stage.home, json: false });
    const served = serve.code === 3 && sentence.test(serve.stderr.trim());
    found.push({ what: 'serve', wrong: served ? [] : [`it said ${serve.stderr}`] });

    const window = first.studio.holdEngine().kind;
    found.push({ what: 'the window', wrong: window === 'busy' ? [] : ['it opened'] });
  } finally {
    await first.close();
  }
  return found;
}

/** Two that begin in the same moment: one makes its clip, and the other one is told. */
async function atOnce(stage: Stage): Promise<Second> {
  const runs = [stage.begin('one'), stage.begin('other')];
  const ends = await Promise.all(runs.map((run) => run.ended));
  const done = ends.flatMap(({ last }, index) => (last?.type === 'done' ? [index === 0 ? 'one' : 'other'] : []));
  const busy = ends.filter(({ last }) => last?.type === 'error' && last.cause === 'busy');
  const wrong = await stage.wrong(done);
  if (done.length !== 1 || busy.length !== 1)
    wrong.push(`they ended with ${JSON.stringify(ends.map(({ last }) => last))}`);
  return { what: 'two at once', wrong };
}
