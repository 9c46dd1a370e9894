import './chart.css';

const width = 120;
const height = 16;

/** The last readings in a line of text. Says nothing by itself: the figure stands beside it. */
export function Sparkline({
  values,
  most,
  colour,
}: {
  values: readonly (number | null)[];
  most: number;
  colour: string;
}) {
  const step = width / Math.max(1, values.length - 1);
  const pieces: string[][] = [];
  let piece: string[] | null = null;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      piece = null;
      continue;
    }
    if (!piece) {
      piece = [];
      pieces.push(piece);
    }
    const y = height - 1 - Math.min(1, Math.max(0, value / most)) * (height - 2);
    piece.push(`${(index * step).toFixed(1)} ${y.toFixed(1)}`);
  }
  const under = (points: readonly string[]): string =>
    `M${points[0]?.split(' ')[0]} ${height}L${points.join('L')}L${points.at(-1)?.split(' ')[0]} ${height}Z`;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path d={pieces.map(under).join('')} fill={`var(${colour})`} fillOpacity={0.22} />
      <path
        d={pieces.map((points) => `M${points.join('L')}`).join('')}
        fill="none"
        stroke={`var(${colour})`}
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </svg>
  );
}
