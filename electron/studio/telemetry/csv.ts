import { type Card, cardQuantities, hostQuantities } from '../../../contract/telemetry.ts';
import type { Recording, Row } from './recording.ts';

export const host = 'host';

const cardUnits: Record<(typeof cardQuantities)[number], string> = {
  utilisation: 'utilisation %',
  memoryOurs: 'memory ours bytes',
  memoryUsed: 'memory used bytes',
  power: 'power W',
  temperature: 'temperature C',
  clockGraphics: 'graphics clock MHz',
  clockMemory: 'memory clock MHz',
  pcieReceive: 'PCIe receive bytes/s',
};
const hostUnits: Record<(typeof hostQuantities)[number], string> = {
  cpu: 'CPU %',
  memoryUsed: 'RAM used bytes',
  diskUsed: 'disk used bytes',
};

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** So many lines are written before samples get their turn again. */
const atOnce = 1000;
const others = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** RFC 4180: one line a sample, times in UTC, nothing where nothing is known. */
export async function toCsv(recording: Recording, cards: readonly Card[], from: number): Promise<string> {
  const names = cards.map(({ name }, index) => (cards.length > 1 ? `${index + 1} ${name}` : name));
  const head = [
    'time',
    ...names.flatMap((name) => cardQuantities.map((quantity) => quoted(`${name} ${cardUnits[quantity]}`))),
    ...hostQuantities.map((quantity) => hostUnits[quantity]),
  ];
  const lines = [head.join(',')];
  const write = (value: number | null | undefined): string =>
    value === null || value === undefined ? '' : String(Math.round(value * 100) / 100);
  const line = (time: number, row: (track: string) => Row | null): void => {
    const cells = [new Date(time).toISOString()];
    for (const { id } of cards) {
      const values = row(id);
      for (let index = 0; index < cardQuantities.length; index++) cells.push(write(values?.[index]));
    }
    const values = row(host);
    for (let index = 0; index < hostQuantities.length; index++) cells.push(write(values?.[index]));
    lines.push(cells.join(','));
  };
  let next: number | null = from;
  while (next !== null) {
    next = recording.visit(next, atOnce, line);
    await others();
  }
  return `${lines.join('\r\n')}\r\n`;
}
