import { spawnSync } from 'node:child_process';
import { type Phase, phases } from '../../contract/render.ts';
import { attentive } from '../cli.ts';
import { damages, surviveDamage } from './damage.ts';
import { type Call, WatchedDisk } from './disk.ts';
import { fillings, surviveFullDisk, writtenBy } from './fullDisk.ts';
import { cannotFence, fences, ShortOfMemory } from './hostMemory.ts';
import { moments, surviveKills, victims } from './kills.ts';
import { lostByPowerCut } from './powerCut.ts';
import type { Finding } from './report.ts';
import { Stage } from './stage.ts';
import { sleepers, surviveStop } from './stops.ts';
import { surviveSecond } from './twoStudios.ts';

export interface Wanted {
  /** How often; null for as often as the part has it. */
  count: number | null;
  seed: number;
  say(line: string): void;
}

export interface Part {
  /** Why it cannot be done on this machine; null when it can. */
  cannot(): string | null;
  run(wanted: Wanted): Promise<Finding[]>;
}

const notLinux = () => (process.platform === 'linux' ? null : 'processes are looked up in /proc, which only Linux has');
const noCompiler = () => notLinux() ?? (spawnSync('cc', ['--version']).status === 0 ? null : 'there is no C compiler');

export const parts: Record<string, Part> = {
  kills: { cannot: notLinux, run: kills },
  sleeps: { cannot: notLinux, run: sleeps },
  disk: { cannot: noCompiler, run: disk },
  damage: { cannot: () => null, run: damage },
  studios: { cannot: notLinux, run: studios },
  memory: { cannot: notLinux, run: memory },
};

async function kills({ count, seed, say }: Wanted): Promise<Finding[]> {
  return onStage(async (stage) => {
    const all = await surviveKills(stage, moments(seed, count ?? 200), (one, number) =>
      say(`  ${number}: ${one.moment.victim} at ${one.moment.at.toFixed(3)}, ${one.during}: ${resultOf(one)}`),
    );
    return victims.map((victim) => {
      const its = all.filter(({ moment }) => moment.victim === victim);
      return finding(`SIGKILL: ${victim}`, its, counted(its.map(({ during }) => during)));
    });
  });
}

async function sleeps({ say }: Wanted): Promise<Finding[]> {
  return onStage(async (stage) => {
    const findings: Finding[] = [];
    for (const who of sleepers) {
      const all = [];
      for (const phase of phases.slice(0, -1)) {
        const one = await surviveStop(stage, `${who}-${phase}`, { who, phase });
        say(
          `  ${who}, ${phase}: ${one.noticedMs === null ? '' : `noticed after ${seconds(one.noticedMs)}, `}${resultOf(one)}`,
        );
        all.push(one);
      }
      const noticed = all.flatMap(({ noticedMs }) => noticedMs ?? []);
      const allowed = `${attentive.silenceMs / 1000} s of silence allowed`;
      const remark =
        who === 'worker'
          ? `${allowed}, noticed within ${seconds(Math.max(...noticed))}`
          : `8 s, ${allowed}, taken for no hang`;
      findings.push(finding(who === 'worker' ? 'SIGSTOP: worker' : `SIGSTOP and SIGCONT: ${who}`, all, remark));
    }
    return findings;
  });
}

async function disk({ count, seed, say }: Wanted): Promise<Finding[]> {
  return onStage(async (stage) => {
    const watched = await WatchedDisk.of(stage.home, stage.scratch);
    const calls = await writtenBy(stage, watched);
    const all = await surviveFullDisk(stage, watched, fillings(calls, count ?? 40, seed), (one, number) =>
      say(
        `  ${number}: from call ${one.filling.from} (${one.call}) ${one.filling.count}: ${one.outcome}, ${resultOf(one)}`,
      ),
    );
    const hit = all.filter(({ call }) => call !== null);
    return [
      finding(
        'disk full',
        hit,
        `${counted(hit.map(({ outcome }) => outcome))}; a render changes files ${calls.length} times`,
      ),
      powerCut(calls),
    ];
  });
}

function powerCut(calls: readonly Call[]): Finding {
  const named = calls.filter(({ call }) => call === 'rename' || call === 'link').length;
  const wrong = lostByPowerCut(calls);
  const remark = 'every file synced before it got its name, every folder after';
  return { fault: 'power cut: order of writes', tried: named, whole: named - wrong.length, remark, wrong };
}

async function damage({ count, seed, say }: Wanted): Promise<Finding[]> {
  const all = await surviveDamage(damages(seed, count ?? Number.POSITIVE_INFINITY), seed, (one, number) => {
    const { stop, files, hurt } = one.damaged;
    say(`  ${number}: stopped at ${stop}, ${files} ${hurt}: from ${one.from}, ${resultOf(one)}`);
  });
  return [finding('damaged checkpoints', all, `went on from: ${counted(all.map(({ from }) => from ?? 'failed'))}`)];
}

async function studios(): Promise<Finding[]> {
  return onStage(async (stage) => {
    const all = await surviveSecond(stage);
    return [
      finding(
        'a second studio in the data folder',
        all,
        `told in one sentence: ${all.map(({ what }) => what).join(', ')}`,
      ),
    ];
  });
}

/** They take so much that too little is noticed; the others may get along. */
const largePhases: ReadonlySet<Phase> = new Set(['denoising', 'decoding']);

async function memory({ say }: Wanted): Promise<Finding[]> {
  const short = await ShortOfMemory.make();
  try {
    const findings: Finding[] = [];
    for (const fence of fences) {
      const cannot = cannotFence(fence);
      if (cannot !== null) say(`  ${fence} left out: ${cannot}`);
      if (cannot !== null) continue;
      const all = [];
      for (const phase of phases.slice(0, -1)) {
        const one = await short.survive(fence, phase);
        // With less than that nobody gets along: the fence has a hole.
        if (one.causes.length === 0 && largePhases.has(phase)) one.wrong.push(`nothing was short while ${phase}`);
        say(`  ${fence}, ${phase}: ${one.causes.join(', ') || 'got along'}, then ${one.outcome}, ${resultOf(one)}`);
        all.push(one);
      }
      const caused = all.filter(({ causes }) => causes.length > 0);
      const tried = all.filter(({ causes, wrong }) => causes.length > 0 || wrong.length > 0);
      const remark = `${counted(caused.flatMap(({ causes }) => causes[0] ?? []))}; then ${counted(caused.map(({ outcome }) => outcome))}`;
      findings.push(finding(`too little memory: ${fence}`, tried, remark));
    }
    return findings;
  } finally {
    short.remove();
  }
}

async function onStage<Result>(act: (stage: Stage) => Promise<Result>): Promise<Result> {
  const stage = await Stage.set();
  try {
    return await act(stage);
  } finally {
    await stage.strike();
  }
}

function finding(fault: string, all: readonly { wrong: readonly string[] }[], remark: string): Finding {
  const wrong = all.flatMap((one) => one.wrong);
  return { fault, tried: all.length, whole: all.filter((one) => one.wrong.length === 0).length, remark, wrong };
}

const resultOf = ({ wrong }: { wrong: readonly string[] }): string => (wrong.length === 0 ? 'whole' : wrong.join('; '));
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** "3 loading, 5 denoising" */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}
