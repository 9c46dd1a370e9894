import type { Preview } from '../../../contract/engine.ts';

/** The middle one of a preview's small pictures, as the pixels of a canvas. */
export function middleFrame({ frames, width, height, rgb }: Preview): Uint8ClampedArray<ArrayBuffer> {
  const pixels = width * height;
  const bytes = atob(rgb);
  const from = Math.floor(frames / 2) * pixels * 3;
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let colour = 0; colour < 3; colour++) {
      rgba[pixel * 4 + colour] = bytes.charCodeAt(from + pixel * 3 + colour);
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
