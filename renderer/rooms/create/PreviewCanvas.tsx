import { useEffect, useRef, useState } from 'react';
import type { Preview } from '../../../contract/preview.ts';
import { decodeFrames, openPainter, type Painter } from './painter.ts';

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

/** For so many frames of the clip each picture stands. */
const framesAPicture = { denoising: 4, decoding: 1 } as const;

const drawnWidth = 640;

/** The preview in a loop, at the clip's own pace; a still for those who want no motion. Draws only when a frame changes. */
export function PreviewCanvas({
  preview,
  ratio,
  fps,
  label,
}: {
  preview: Preview;
  ratio: number;
  fps: number;
  label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  const frame = useRef(0);
  // A GPU that was lost (sleep, a driver update) comes with a new canvas.
  const [generation, setGeneration] = useState(0);
  const [size, setSize] = useState({ width: 0, height: 0 });

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const opened = openPainter(element);
    painter.current = opened;
    const lost = (event: Event) => {
      event.preventDefault();
      setGeneration((count) => count + 1);
    };
    const place = element.parentElement;
    const measure = new ResizeObserver(() => {
      const { clientWidth = 0, clientHeight = 0 } = place ?? {};
      const width = Math.floor(Math.min(clientWidth, clientHeight * ratio));
      const height = Math.round(width / ratio);
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      // What is this soft gains nothing from more, and the card has other work.
      const scale = Math.min(devicePixelRatio, drawnWidth / Math.max(width, 1));
      element.width = Math.round(width * scale);
      element.height = Math.round(height * scale);
      setSize({ width: element.width, height: element.height });
    });
    if (place) measure.observe(place);
    element.addEventListener('webglcontextlost', lost);
    return () => {
      measure.disconnect();
      element.removeEventListener('webglcontextlost', lost);
      opened?.dispose();
      painter.current = null;
    };
  }, [generation, ratio]);

  useEffect(() => {
    const frames = decodeFrames(preview);
    const paint = painter.current;
    if (!frames || !paint || size.width === 0) return;
    paint.show(frames);
    frame.current %= frames.frames;
    paint.draw(frame.current);
    if (frames.frames === 1 || still.matches) return;
    const timer = setInterval(
      () => {
        if (document.hidden) return;
        frame.current = (frame.current + 1) % frames.frames;
        paint.draw(frame.current);
      },
      (1000 * framesAPicture[preview.phase]) / fps,
    );
    return () => clearInterval(timer);
  }, [preview, fps, size]);

  return <canvas key={generation} ref={canvas} role="img" aria-label={label} />;
}
