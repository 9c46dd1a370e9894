import type { Preview } from '../../../contract/preview.ts';

/** The middle one of a preview's small pictures, as the pixels of a canvas. */
export function middleFrame({
  frames,
  width,
  height,
  rgb,
}: Pick<Preview, 'frames' | 'width' | 'height' | 'rgb'>): Uint8ClampedArray<ArrayBuffer> {
  const pixels = width * height;
  // A pixel is three bytes, and four letters.
  const from = Math.floor(frames / 2) * pixels * 4;
  const bytes = atob(rgb.slice(from, from + pixels * 4));
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let colour = 0; colour < 3; colour++) {
      rgba[pixel * 4 + colour] = bytes.charCodeAt(pixel * 3 + colour);
    }
  }
  return rgba;
}

export function paintStill(canvas: HTMLCanvasElement, preview: Preview): void {
  canvas.width = preview.width;
  canvas.height = preview.height;
  const image = new ImageData(middleFrame(preview), preview.width, preview.height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}
