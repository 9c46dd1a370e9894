/** One chart on the picture. */
export interface PictureRow {
  name: string;
  value: string;
  canvas: HTMLCanvasElement;
  height: number;
}

const margin = 24;
const width = 1200;
const valueWidth = 190;
const nameHeight = 20;
const gap = 14;
const headHeight = 44;
const legendHeight = 18;

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

interface Picture {
  title: string;
  facts: string;
  legend: readonly { name: string; colour: string }[];
  rows: readonly PictureRow[];
  /** From the left edge of the charts to the right. */
  times: readonly string[];
}

/** All charts on one canvas, with their names, figures and times, in the colours of the theme. */
export function drawPicture({ title, facts, legend, rows, times }: Picture): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const scale = 2;
  const height =
    2 * margin +
    headHeight +
    legendHeight +
    rows.reduce((sum, row) => sum + nameHeight + row.height + gap, 0) +
    nameHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('There is no canvas to draw on.');
  pen.scale(scale, scale);
  pen.fillStyle = token('--canvas');
  pen.fillRect(0, 0, width, height);
  const sans = token('--sans');
  const write = (text: string, x: number, y: number, size: number, colour: string, weight = 400): number => {
    pen.font = `${weight} ${size}px ${sans}`;
    pen.fillStyle = token(colour);
    pen.fillText(text, x, y);
    return pen.measureText(text).width;
  };
  pen.textBaseline = 'alphabetic';
  const used = write(title, margin, margin + 18, 20, '--text', 600);
  write(facts, margin + used + 12, margin + 18, 13, '--dim');
  let x = margin;
  for (const { name, colour } of legend) {
    pen.fillStyle = token(colour);
    pen.fillRect(x, margin + headHeight - 10, 10, 10);
    x += 16 + write(name, x + 16, margin + headHeight - 1, 12, '--dim') + 16;
  }
  const chartWidth = width - 2 * margin - valueWidth;
  let y = margin + headHeight + legendHeight;
  for (const row of rows) {
    write(row.name, margin, y + 12, 12, '--dim');
    y += nameHeight;
    pen.fillStyle = token('--surface');
    pen.fillRect(margin, y, chartWidth, row.height);
    pen.drawImage(row.canvas, margin, y, chartWidth, row.height);
    pen.textAlign = 'right';
    write(row.value, width - margin, y + row.height / 2 + 7, 20, '--text', 600);
    pen.textAlign = 'left';
    y += row.height + gap;
  }
  for (const [index, time] of times.entries()) {
    const share = index / Math.max(1, times.length - 1);
    pen.textAlign = share === 0 ? 'left' : share === 1 ? 'right' : 'center';
    write(time, margin + chartWidth * share, y + 8, 12, '--faint');
  }
  pen.textAlign = 'left';
  return canvas;
}

/** Hands a file to the system's own way of saving. */
export function save(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}

export async function savePicture(canvas: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The picture could not be written.');
  const address = URL.createObjectURL(blob);
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
