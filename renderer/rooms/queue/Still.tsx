import { type ComponentProps, useEffect, useRef } from 'react';
import type { Preview } from '../../../contract/preview.ts';
import { paintStill } from './previewFrame.ts';

/** The middle of a preview. */
export function Still({ preview, ...rest }: { preview: Preview } & ComponentProps<'canvas'>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) paintStill(canvas.current, preview);
  }, [preview]);
  return <canvas ref={canvas} {...rest} />;
}
