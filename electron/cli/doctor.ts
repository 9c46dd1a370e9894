import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { DoctorReport } from '../../contract/doctor.ts';
import { failureSentence } from '../studio/jobs/index.ts';
import { inventory } from '../studio/machine/inventory.ts';
import { WorkerFailed } from '../studio/sidecar/index.ts';
import { cached } from '../studio/storage/cache.ts';
import type { Studio } from '../studio/studio.ts';
import { size } from './cache.ts';
import type { Output } from './output.ts';
import { refuseCancelled, setupEvent } from './render.ts';

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;

/** Looks at the machine, the environment and the models, and does one real operation on the device. */
export async function doctor(studio: Studio, version: string, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const engine = await studio.startEngine((progress) => output.event(setupEvent(progress)), signal);
  if (engine.kind === 'cancelled') return refuseCancelled(output);
  const problems: string[] = [];
  if (engine.kind === 'busy') problems.push('A render is running in this data folder: the device was left alone.');
  if (engine.kind === 'impossible') problems.push(engine.sentence);
  try {
    const report: DoctorReport = {
      reelwright: version,
      node: process.version,
      home: studio.paths.home,
      ...(await inventory(studio.paths.home)),
      environment: engine.kind === 'impossible' ? null : studio.paths.environment,
      ...(engine.kind === 'started'
        ? await probe(engine.supervisor(), problems)
        : { importSeconds: null, probe: null }),
      cacheBytes: await cacheBytes(studio),
      models: await checkModels(studio, problems),
      problems,
    };
    output.result(describe(report, studio.paths.environment), report);
    return problems.length === 0 ? exitCodes.done : exitCodes.notOnThisMachine;
  } finally {
    if (engine.kind === 'started') await engine.stop();
  }
}

type Engine = Extract<Awaited<ReturnType<Studio['startEngine']>>, { kind: 'started' }>;

async function probe(supervisor: ReturnType<Engine['supervisor']>, problems: string[]) {
  try {
    const { importSeconds } = await supervisor.ready();
    const result = await supervisor.probe();
    if (result.operation.kind === 'failed') {
      problems.push(
        `A calculation on the ${result.operation.device === 'cuda' ? 'card' : 'processor'} failed: ${result.operation.detail}`,
      );
    }
    return { importSeconds, probe: result };
  } catch (error) {
    if (!(error instanceof WorkerFailed)) throw error;
    problems.push(
      error.failure.cause === 'environment'
        ? 'The Python environment is damaged. The next render repairs it; if it cannot, delete the environment folder.'
        : failureSentence(error.failure),
    );
    return { importSeconds: null, probe: null };
  }
}

async function cacheBytes(studio: Studio): Promise<number> {
  const { promptsBytes, kernelsBytes } = await cached(studio.paths.cache);
  return promptsBytes + kernelsBytes;
}

async function checkModels(studio: Studio, problems: string[]): Promise<DoctorReport['models']> {
  const models: DoctorReport['models'] = [];
  for (const item of await studio.listModels()) {
    if (item.kind === 'refused') {
      problems.push(item.sentence);
      continue;
    }
    const damage = await studio.verifyModel(item.model);
    if (damage !== null) problems.push(`${item.model.name}: ${failureSentence(damage)}`);
    models.push({ id: item.model.id, kind: damage !== null ? 'damaged' : item.model.verified ? 'good' : 'unverified' });
  }
  return models;
}

function describe(report: DoctorReport, environmentFolder: string): string {
  const cards = report.graphics.map(({ name, memoryBytes }) =>
    memoryBytes ? `${name}, ${gigabytes(memoryBytes)}` : name,
  );
  const rows: [string, string][] = [
    ['Reelwright', `${report.reelwright}, Node ${report.node}`],
    ['System', report.platform],
    ['Processor', `${report.processor}, ${report.cores} cores, ${gigabytes(report.memoryBytes)} of memory`],
    ['Graphics', cards.join('; ') || 'none found'],
    ['Data folder', `${report.home}, ${gigabytes(report.freeDiskBytes)} free`],
    [
      'Environment',
      report.probe
        ? `Python ${report.probe.python}, torch ${report.probe.torch}, diffusers ${report.probe.diffusers}`
        : report.environment === null
          ? 'not usable'
          : 'not tried',
    ],
    ['', environmentFolder],
    ['Cache', `${size(report.cacheBytes)}; "cache clear" throws it away`],
    ['Imports', report.importSeconds === null ? 'not measured' : `${report.importSeconds.toFixed(1)} s`],
    ['Device', device(report)],
    ['Models', report.models.map(({ id, kind }) => (kind === 'good' ? id : `${id} (${kind})`)).join(', ') || 'none'],
  ];
  const table = rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n');
  const verdict =
    report.problems.length === 0 ? 'All is well.' : report.problems.map((problem) => `! ${problem}`).join('\n');
  return `${table}\n\n${verdict}`;
}

function device({ probe }: DoctorReport): string {
  if (probe === null) return 'not tried';
  const { operation } = probe;
  const found = probe.devices.find(({ kind }) => kind === operation.device)?.name ?? operation.device;
  return operation.kind === 'worked'
    ? `${found}: a real calculation took ${operation.seconds.toFixed(2)} s`
    : `${found}: failed`;
}
