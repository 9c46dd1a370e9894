// The thread that reads the machine. What it costs, it costs beside the studio and never inside it.
import { parentPort, workerData } from 'node:worker_threads';
import {
  cardQuantities,
  type HistoryQuery,
  type HostSample,
  historySeconds,
  hostQuantities,
} from '../../../contract/telemetry.ts';
import type { CardReader, Ours } from './cards.ts';
import { host, toCsv } from './csv.ts';
import { type Disk, hostReader } from './host.ts';
import type { Cards, FromThread, Question, Start, ToThread } from './messages.ts';
import { libraries, loadNvml } from './nvml.ts';
import { nvmlCards } from './nvmlCards.ts';
import { type Row, recording } from './recording.ts';
import { smiCards, smiProgram } from './smiCards.ts';

const port = parentPort;
if (!port) throw new Error('This file runs as a thread.');

const start: Start = workerData;
const interval = 1000 / start.samplesPerSecond;
/** The computer itself changes more slowly, and costs more to read. */
const hostEvery = 1000;

const clock = (): number => performance.now();
const say = (message: FromThread): void => port.postMessage(message);
const reader = openReader();
const readHost = hostReader();
const past = recording(Math.ceil(historySeconds.max * start.samplesPerSecond), interval, (track) =>
  track === host ? hostQuantities.length : cardQuantities.length,
);

let ours: Ours = { pid: null, reservedBytes: null };
let disk: Disk | null = null;
let watched = false;
let lastSlot = Number.NaN;
let lastHost: { at: number; sample: HostSample } | null = null;
let lastCards = '';
let timer: NodeJS.Timeout | null = null;

function openReader(): CardReader {
  const nvml = loadNvml(start.nvmlLibrary ? [start.nvmlLibrary] : libraries(process.platform, process.env));
  if (nvml) return nvmlCards(nvml);
  return smiCards(start.smi ?? smiProgram(process.platform, process.env), interval, clock);
}

/** Samples lie on a grid of the wall clock: however late a timer is, no bucket gets two of them and the next none. */
function tick(): void {
  const time = Date.now();
  const slot = Math.floor(time / interval);
  if (slot !== lastSlot) {
    lastSlot = slot;
    sample(time);
  }
  timer = setTimeout(tick, interval - (Date.now() % interval) + 1);
}

function sample(time: number): void {
  const now = clock();
  const cards = reader.read(now, ours);
  if (!lastHost || now - lastHost.at >= hostEvery - interval / 2) lastHost = { at: now, sample: readHost.read(disk) };
  const rows = new Map<string, Row>();
  for (const card of cards)
    rows.set(
      card.card,
      cardQuantities.map((quantity) => card[quantity]),
    );
  const machine = lastHost.sample;
  rows.set(
    host,
    hostQuantities.map((quantity) => machine[quantity]),
  );
  past.add(time, rows);
  tellCards();
  if (watched) say({ kind: 'sample', sample: { time, cards, host: machine } });
}

function tellCards(): void {
  const cards: Cards = { source: reader.source(), cards: reader.cards() };
  const written = JSON.stringify(cards);
  if (written === lastCards) return;
  lastCards = written;
  say({ kind: 'cards', cards });
}

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'history':
      return history(question.query);
    case 'csv':
      return toCsv(past, reader.cards(), Date.now() - question.seconds * 1000);
    case 'users':
      return reader.users(question.card, ours);
  }
}

function history({ card, seconds, points }: HistoryQuery) {
  const names: readonly string[] = card === null ? hostQuantities : cardQuantities;
  const { times, columns } = past.buckets(card ?? host, { seconds, points, now: Date.now() });
  const unknown = times.map(() => null);
  return { times, series: Object.fromEntries(names.map((name, index) => [name, columns[index] ?? unknown])) };
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'question': {
      const { id, question } = message;
      answer(question).then(
        (value) => say({ kind: 'answer', id, value }),
        (error: unknown) => say({ kind: 'failed', id, message: String(error) }),
      );
      return;
    }
    case 'watched':
      watched = message.watched;
      return;
    case 'ours':
      ours = message.ours;
      return;
    case 'disk':
      disk = message.disk;
      return;
    case 'stop':
      if (timer) clearTimeout(timer);
      void reader.close().finally(() => port.close());
  }
});

tick();
