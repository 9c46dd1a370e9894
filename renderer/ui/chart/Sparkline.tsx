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
  const pieces: string[] = [];
  let open = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = false;
      continue;
    }
    const y = height - 1 - Math.min(1, Math.max(0, value / most)) * (height - 2);
    pieces.push(`${open ? 'L' : 'M'}${(index * step).toFixed(1)} ${y.toFixed(1)}`);
    open = true;
  }
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path d={pieces.join('')} fill="none" stroke={`var(${colour})`} strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
