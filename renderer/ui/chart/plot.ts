import uPlot from 'uplot';
import { colour, faded } from './colours.ts';

/** One line, and what it encloses. Null is a gap. */
export interface Line {
  /** A token such as "--chart-power". */
  colour: string;
  values: readonly (number | null)[];
  /** How strongly the space below is filled; 0 to 1. */
  fill: number;
}

export interface Band {
  /** ms, like all times here. */
  from: number;
  to: number;
  colour: string;
}

export interface Drawing {
  times: readonly number[];
  lines: readonly Line[];
  bands: readonly Band[];
  /** What the axes show. */
  from: number;
  to: number;
  most: number;
}

const bandStrength = 0.16;
/** Where a quarter of the height lies. */
const quarters = [0.25, 0.5, 0.75];

const dataOf = ({ times, lines }: Drawing): uPlot.AlignedData => [
  // uPlot only reads; its types do not say so.
  times as number[],
  ...lines.map(({ values }) => values as (number | null)[]),
];

function drawBehind(plot: uPlot, { bands, from, to }: Drawing): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const band of bands) {
    if (band.to <= from || band.from >= to) continue;
    const left = plot.valToPos(band.from, 'x', true);
    ctx.fillStyle = faded(band.colour, bandStrength);
    ctx.fillRect(left, bbox.top, Math.max(1, plot.valToPos(band.to, 'x', true) - left), bbox.height);
  }
  ctx.fillStyle = colour('--chart-grid');
  for (const quarter of quarters) ctx.fillRect(bbox.left, bbox.top + bbox.height * quarter, bbox.width, 1);
  ctx.restore();
}

export interface Plot {
  draw(drawing: Drawing): void;
  resize(width: number, height: number): void;
  redraw(): void;
  destroy(): void;
  canvas: HTMLCanvasElement;
}

/** `pointed` hears of the time that is pointed at here; plots of one `group` share the line. */
export function createPlot(
  host: HTMLElement,
  size: { width: number; height: number },
  first: Drawing,
  group: string,
  pointed: (time: number | null) => void,
): Plot {
  let drawing = first;
  const plot = new uPlot(
    {
      ...size,
      ms: 1,
      padding: [0, 0, 0, 0],
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: true, range: () => [drawing.from, drawing.to] },
        y: { range: () => [0, drawing.most] },
      },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false, setScale: false },
        sync: { key: group },
      },
      series: [
        {},
        ...first.lines.map((_, index): uPlot.Series => {
          const line = (): Line | undefined => drawing.lines[index];
          return {
            width: 1.5,
            stroke: () => colour(line()?.colour ?? '--text'),
            fill: () => faded(line()?.colour ?? '--text', line()?.fill ?? 0),
            points: { show: false },
            spanGaps: false,
          };
        }),
      ],
      hooks: {
        drawClear: [(self) => drawBehind(self, drawing)],
        setCursor: [
          (self) => {
            const left = self.cursor.left ?? -1;
            if (left < 0) pointed(null);
            // The others of the group only follow, and those out of sight were not drawn of late.
            else if (self.over.matches(':hover')) pointed(self.posToVal(left, 'x'));
          },
        ],
      },
    },
    dataOf(first),
    host,
  );
  return {
    draw(next) {
      drawing = next;
      plot.setData(dataOf(next), true);
    },
    resize: (width, height) => plot.setSize({ width, height }),
    redraw: () => plot.redraw(true),
    destroy: () => plot.destroy(),
    canvas: plot.ctx.canvas,
  };
}
