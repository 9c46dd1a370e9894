/** The picture of how fast clips are made at which size of card: what was said, what was measured, and the library. */
import { asked, factsFor, type MeasuredCard, waysWithin } from './cardCases.ts';
import { clipSteps } from './cardReport.ts';
import { cudnnShare, isOurs, type Results } from './cardResults.ts';

const box = { width: 860, height: 520, left: 70, right: 190, top: 30, bottom: 50 } as const;
const caps = { least: 4, most: 26 } as const;
const colours: Record<string, string> = { '2b': '#1a7f6b', '5b': '#2a5bd7', '1.5-5b': '#c2571a' };

interface Point {
  gib: number;
  seconds: number;
}
interface Series {
  kind: string;
  said: Point[];
  measured: Point[];
  library: Point[];
}

/** Denoising and decoding of one clip. */
export async function frontier(results: Results, card: MeasuredCard): Promise<string> {
  const series = await Promise.all(
    // From a picture it takes the same.
    asked
      .filter(({ kind }) => kind !== '5b-i2v')
      .map(async (each): Promise<Series> => {
        const facts = await factsFor(each.model);
        const grid = Array.from({ length: 2 * (caps.most - caps.least) + 1 }, (_, index) => caps.least + index / 2);
        const said = grid.flatMap((gib): Point[] => {
          const [best] = waysWithin(card, facts, each, gib, cudnnShare(results, each.kind));
          if (best === undefined) return [];
          const of = (name: string) => best.prediction.phases.find(({ phase }) => phase === name)?.seconds ?? 0;
          return [{ gib, seconds: of('denoising') + of('decoding') }];
        });
        const measured = results.lines.flatMap((line): Point[] => {
          if (line.bench !== 'plans' || line.failed || line.way !== 'planned' || line.cap_gib === null) return [];
          if (!line.name.startsWith(`${each.model} `) || line.seconds_a_step == null) return [];
          return [
            { gib: line.cap_gib, seconds: clipSteps * line.seconds_a_step + (line.phases['decode']?.seconds ?? 0) },
          ];
        });
        const library = results.lines.flatMap((line): Point[] => {
          if (line.bench !== 'official' || isOurs(line) || line.failed || line.cap_gib === null) return [];
          if (line.model !== each.kind || line.seconds_a_step == null) return [];
          return [{ gib: line.cap_gib, seconds: clipSteps * line.seconds_a_step + (line.decode_seconds ?? 0) }];
        });
        return { kind: each.kind, said, measured, library };
      }),
  );
  return draw(series);
}

function draw(series: readonly Series[]): string {
  const all = series.flatMap(({ said, measured, library }) => [...said, ...measured, ...library]);
  const low = 10 ** Math.floor(Math.log10(Math.min(...all.map(({ seconds }) => seconds))));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all.map(({ seconds }) => seconds))));
  const inner = { width: box.width - box.left - box.right, height: box.height - box.top - box.bottom };
  const x = (gib: number) => box.left + (inner.width * (gib - caps.least)) / (caps.most - caps.least);
  const y = (seconds: number) => box.top + (inner.height * Math.log(high / seconds)) / Math.log(high / low);
  const at = ({ gib, seconds }: Point) => `${x(gib).toFixed(1)},${y(seconds).toFixed(1)}`;
  const ticks = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000].filter((value) => value >= low && value <= high);
  const text = (left: number, top: number, words: string, anchor = 'middle') =>
    `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  const grid = [
    ...[4, 6, 8, 12, 16, 20, 24].map(
      (gib) => `<path d="M${x(gib)} ${box.top}V${y(low)}"/>${text(x(gib), y(low) + 18, String(gib))}`,
    ),
    ...ticks.map(
      (value) =>
        `<path d="M${box.left} ${y(value)}H${x(caps.most)}"/>${text(box.left - 8, y(value) + 4, String(value), 'end')}`,
    ),
  ];
  const drawn = series.map(({ kind, said, measured, library }) => {
    const colour = colours[kind] ?? '#444';
    const dots = measured.map(
      (point) => `<circle cx="${x(point.gib).toFixed(1)}" cy="${y(point.seconds).toFixed(1)}" r="5"/>`,
    );
    const crosses = library.map((point) => {
      const [left, top] = [x(point.gib), y(point.seconds)];
      return `<path d="M${left - 5} ${top - 5}l10 10m0-10l-10 10" stroke-width="2.5"/>`;
    });
    const last = said.at(-1);
    const name =
      last === undefined
        ? ''
        : `<g stroke="none">${text(x(last.gib) + 8, y(last.seconds) + 4, `CogVideoX ${kind}`, 'start')}</g>`;
    const line = `<polyline points="${said.map(at).join(' ')}" fill="none" stroke-dasharray="5 4"/>`;
    return `<g stroke="${colour}" fill="${colour}">${line}${dots.join('')}${crosses.join('')}${name}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box.width} ${box.height}" font-family="sans-serif" font-size="13">
<title>Seconds to denoise and decode a clip of ${clipSteps} steps, against the memory of the card</title>
<rect width="100%" height="100%" fill="#fff"/>
<g stroke="#ddd" fill="#555">${grid.join('').replaceAll('<text', '<text stroke="none"')}</g>
<g fill="#333">${text(box.left + inner.width / 2, box.height - 12, 'GiB of the card that a render may take')}
${text(box.left, 18, `seconds for ${clipSteps} steps and the decode`, 'start')}
${text(box.width - 8, 18, 'dashed: said, dot: measured, cross: the library', 'end')}</g>
${drawn.join('\n')}
</svg>
`;
}
