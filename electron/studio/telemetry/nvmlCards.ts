import type { Card, CardSample, CardUser, TelemetrySource } from '../../../contract/telemetry.ts';
import { restartDelay } from '../sidecar/restart.ts';
import { byBytes, type CardReader, type Ours, programName, silent } from './cards.ts';
import { programNames } from './names.ts';
import { code, type Handle, type Nvml, type Refused, slowdown, told } from './nvml.ts';

/** A card is gone, or the whole driver: its handle is worth nothing from here on. */
const cardGone: readonly number[] = [code.gpuIsLost, code.resetRequired];
const driverGone: readonly number[] = [code.uninitialized, code.driverNotLoaded, code.versionMismatch];
/** What will hardly change while the card is in use. */
const never: readonly number[] = [code.notSupported, code.functionNotFound, code.noPermission, code.invalidArgument];

/** How long a field that is not supported is left alone, and how old a slow reading may become. */
const unsupportedFor = 60_000;
const limitFor = 5_000;
const pcieFor = 1_000;
const slowdownFor = 1_000;
/** Over which time it is looked who uses a card. */
const sharesOver = 3_000;
const oursFor = 2_000;
/** So much of the memory changed that what is ours is to be read at once, or the difference would look like others'. */
const muchChanged = 0.01;

interface Slow {
  value: number | null;
  due: number;
}

interface Known {
  card: Card;
  handle: Handle | null;
  /** Field by field: not to be asked before. */
  quiet: Map<string, number>;
  limit: Slow;
  pcie: Slow;
  slowdown: Slow;
  ours: Slow;
  /** Memory in use when `ours` was read. */
  usedBefore: number;
  /** The last state of the counter of received bytes, and when. */
  received: { bytes: number; at: number } | null;
}

/** Cards as NVML tells of them. What is lost is looked for again, ever more rarely. */
export function nvmlCards(nvml: Nvml): CardReader {
  const known = new Map<string, Known>();
  let driver: 'never' | 'up' | 'down' = 'never';
  let failures = 0;
  let retryAt: number | null = Number.NEGATIVE_INFINITY;

  function lookAgainLater(now: number): void {
    failures += 1;
    retryAt = now + restartDelay(failures);
  }

  function driverLost(now: number): void {
    if (driver === 'up') {
      nvml.shutdown();
      driver = 'down';
    }
    for (const each of known.values()) each.handle = null;
    lookAgainLater(now);
  }

  /** Looks which cards there are. */
  function connect(now: number): void {
    if (driver === 'up') nvml.shutdown();
    for (const each of known.values()) each.handle = null;
    const up = nvml.init() === code.success;
    const handles = up ? nvml.handles() : null;
    if (handles === null || !told(handles)) {
      if (up) nvml.shutdown();
      if (driver !== 'never') driver = 'down';
      lookAgainLater(now);
      return;
    }
    driver = 'up';
    const version = nvml.driver();
    for (const handle of handles) {
      const id = nvml.uuid(handle);
      if (!told(id)) continue;
      const card = describe(nvml, handle, id, told(version) ? version : null, known.get(id)?.card);
      known.set(id, { ...fresh(), card, handle });
    }
    if (known.size === 0 || [...known.values()].some(({ handle }) => handle === null)) lookAgainLater(now);
    else retryAt = null;
  }

  function read(each: Known, now: number, ours: Ours): CardSample {
    const sample = silent(each.card.id);
    let lost: 'card' | 'driver' | null = null;

    function ask<Value>(field: string, get: (handle: Handle) => Value | Refused): Value | null {
      if (lost !== null || now < (each.quiet.get(field) ?? Number.NEGATIVE_INFINITY)) return null;
      const answer = get(each.handle);
      if (told(answer)) return answer;
      if (driverGone.includes(answer.code)) lost = 'driver';
      else if (cardGone.includes(answer.code)) lost = 'card';
      else if (never.includes(answer.code)) each.quiet.set(field, now + unsupportedFor);
      return null;
    }
    function rarely(slow: Slow, every: number, get: () => number | null): number | null {
      if (now >= slow.due) {
        slow.value = get();
        slow.due = now + every;
      }
      return slow.value;
    }

    const memory = ask('memory', nvml.memory);
    sample.memoryUsed = memory?.used ?? null;
    sample.memoryTotal = memory?.total ?? null;
    sample.utilisation = ask('utilisation', nvml.utilisation);
    sample.power = ask('power', nvml.power);
    sample.temperature = ask('temperature', nvml.temperature);
    sample.clockGraphics = ask('clockGraphics', nvml.clockGraphics);
    sample.clockMemory = ask('clockMemory', nvml.clockMemory);
    sample.powerLimit = rarely(each.limit, limitFor, () => ask('powerLimit', nvml.powerLimit));
    sample.pcieReceive = received(each, now, ask('pcieReceived', nvml.pcieReceived), () =>
      rarely(each.pcie, pcieFor, () => ask('pcieReceiveRate', nvml.pcieReceiveRate)),
    );
    sample.slowedBy = slowedBy(rarely(each.slowdown, slowdownFor, () => ask('slowdown', nvml.slowdown)));
    if (memory && Math.abs(memory.used - each.usedBefore) > memory.total * muchChanged) each.ours.due = now;
    sample.memoryOurs = ourBytes(ours, () =>
      rarely(each.ours, oursFor, () => {
        each.usedBefore = memory?.used ?? 0;
        return ask('processes', nvml.processes)?.find(({ pid }) => pid === ours.pid)?.bytes ?? null;
      }),
    );

    if (lost === null) return sample;
    if (lost === 'driver') {
      driverLost(now);
    } else {
      each.handle = null;
      lookAgainLater(now);
    }
    return silent(each.card.id);
  }

  /** Without a process list the worker's own figure counts; with several cards it cannot be said of which one it is. */
  function ourBytes(ours: Ours, listed: () => number | null): number | null {
    const own = ours.pid === null ? null : listed();
    return own ?? (known.size === 1 ? ours.reservedBytes : null);
  }

  return {
    source(): TelemetrySource {
      if (driver === 'never') return { kind: 'none', reason: 'no-driver' };
      if (known.size === 0) return { kind: 'none', reason: driver === 'up' ? 'no-card' : 'no-driver' };
      const answers = [...known.values()].some(({ handle }) => handle !== null);
      return answers ? { kind: 'nvml' } : { kind: 'none', reason: 'driver-lost' };
    },
    cards: () => [...known.values()].map(({ card }) => card),
    read(now, ours) {
      if (retryAt !== null && now >= retryAt) connect(now);
      const samples = [...known.values()].map((each) =>
        each.handle === null ? silent(each.card.id) : read(each, now, ours),
      );
      if (retryAt === null) failures = 0;
      return samples;
    },
    async users(card, ours): Promise<CardUser[]> {
      const handle = known.get(card)?.handle ?? null;
      const processes = handle === null ? [] : nvml.processes(handle);
      if (!told(processes)) return [];
      const shares = nvml.shares(handle, Date.now() - sharesOver);
      const names = new Map<number, string>();
      for (const { pid } of processes) {
        const name = nvml.processName(pid);
        if (told(name) && name !== '') names.set(pid, programName(name));
      }
      const others = await programNames(processes.flatMap(({ pid }) => (names.has(pid) ? [] : pid)));
      return processes
        .map(({ pid, bytes }) => {
          const own = pid === ours.pid;
          return {
            pid,
            name: names.get(pid) ?? others.get(pid) ?? `${pid}`,
            ours: own,
            bytes: bytes ?? ownBytes(own, ours),
            utilisation: told(shares) ? (shares.get(pid) ?? 0) : null,
          };
        })
        .sort(byBytes);
    },
    async close() {
      if (driver === 'up') nvml.shutdown();
      driver = 'down';
      for (const each of known.values()) each.handle = null;
      retryAt = null;
    },
  };
}

/** Heat before power: a card that is too hot is near its limit as well. */
function slowedBy(reasons: number | null): CardSample['slowedBy'] {
  if (reasons === null) return null;
  if (reasons & (slowdown.heat | slowdown.heatHardware)) return 'heat';
  return reasons & (slowdown.powerCap | slowdown.powerBrake | slowdown.hardware) ? 'power' : 'nothing';
}

const ownBytes = (own: boolean, ours: Ours): number | null => (own ? ours.reservedBytes : null);

const fresh = () => ({
  quiet: new Map<string, number>(),
  limit: slow(),
  pcie: slow(),
  slowdown: slow(),
  ours: slow(),
  usedBefore: 0,
  received: null,
});
const slow = (): Slow => ({ value: null, due: Number.NEGATIVE_INFINITY });

/** From the counter where there is one; else by the slow call. */
function received(each: Known, now: number, bytes: number | null, slowly: () => number | null): number | null {
  if (bytes === null) return slowly();
  const before = each.received;
  each.received = { bytes, at: now };
  return before && bytes >= before.bytes && now > before.at
    ? ((bytes - before.bytes) / (now - before.at)) * 1000
    : null;
}

function describe(nvml: Nvml, handle: Handle, id: string, driver: string | null, before: Card | undefined): Card {
  const or = <Value>(answer: Value | Refused, otherwise: Value | null): Value | null =>
    told(answer) ? answer : otherwise;
  const memory = nvml.memory(handle);
  const generation = nvml.pcieGeneration(handle);
  const width = nvml.pcieWidth(handle);
  return {
    id,
    name: or(nvml.name(handle), before?.name ?? null) ?? 'NVIDIA',
    driver: driver ?? before?.driver ?? null,
    memoryTotal: told(memory) ? memory.total : (before?.memoryTotal ?? null),
    powerLimit: or(nvml.powerLimit(handle), before?.powerLimit ?? null),
    pcie: told(generation) && told(width) ? `${generation}.0 x${width}` : (before?.pcie ?? null),
  };
}
