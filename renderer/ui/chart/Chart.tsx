import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import styles from './Chart.module.css';
import { onTheme } from './colours.ts';
import { createPlot, type Drawing, type Plot } from './plot.ts';

export interface ChartHandle {
  /** The picture as it is now, also of a chart that is scrolled out of sight. */
  picture(): Promise<HTMLCanvasElement | null>;
}

/**
 * Lines along time. It draws when `drawing` is another one, and only what can be seen: not while the page is hidden, not
 * while it is scrolled out of sight. How many lines there are does not change.
 */
export function Chart({
  drawing,
  height,
  group,
  description,
  onPoint,
  ref,
}: {
  drawing: Drawing;
  height: number;
  /** Charts of one group share the cursor. */
  group: string;
  /** What it shows, in words. */
  description: string;
  onPoint?: (time: number | null) => void;
  ref?: Ref<ChartHandle>;
}) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(drawing);
  const pointed = useRef(onPoint);
  const seen = useRef(true);
  const due = useRef(false);
  pointed.current = onPoint;

  const show = useRef(() => {
    due.current = !seen.current || document.hidden;
    if (!due.current) plot.current?.draw(latest.current);
  });

  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const made = createPlot(box, { width: box.clientWidth, height }, latest.current, group, (time) =>
      pointed.current?.(time),
    );
    plot.current = made;
    const whenDue = () => due.current && show.current();
    const size = new ResizeObserver(() => {
      if (box.clientWidth > 0) made.resize(box.clientWidth, height);
    });
    const sight = new IntersectionObserver(([entry]) => {
      seen.current = entry?.isIntersecting ?? true;
      whenDue();
    });
    size.observe(box);
    sight.observe(box);
    const forgetTheme = onTheme(() => made.redraw());
    document.addEventListener('visibilitychange', whenDue);
    return () => {
      size.disconnect();
      sight.disconnect();
      forgetTheme();
      document.removeEventListener('visibilitychange', whenDue);
      made.destroy();
      plot.current = null;
    };
  }, [height, group]);

  useEffect(() => {
    latest.current = drawing;
    show.current();
  }, [drawing]);

  useImperativeHandle(ref, () => ({
    picture: async () => {
      plot.current?.draw(latest.current);
      // uPlot draws at the end of the turn.
      await Promise.resolve();
      return plot.current?.canvas ?? null;
    },
  }));

  return <div ref={host} className={styles.chart} style={{ height }} role="img" aria-label={description} />;
}
