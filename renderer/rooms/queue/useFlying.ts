import { startTransition, useEffect, useState } from 'react';

/** So far from one frame to the next nobody reads what goes by; and so long after it, somebody does. */
const fastPixels = 150;
const restMs = 100;

/** Whether what is scrolled flies by. */
export function useFlying(list: { readonly current: HTMLElement | null }): boolean {
  const [flying, setFlying] = useState(false);
  useEffect(() => {
    const scroller = list.current?.closest('main');
    if (!scroller) return;
    let before = scroller.scrollTop;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const by = Math.abs(scroller.scrollTop - before);
      before = scroller.scrollTop;
      if (by < fastPixels) return;
      setFlying(true);
      clearTimeout(timer);
      // A little at a time: whoever scrolls on is not kept waiting for it.
      timer = setTimeout(() => startTransition(() => setFlying(false)), restMs);
    };
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      scroller.removeEventListener('scroll', look);
      clearTimeout(timer);
    };
  }, [list]);
  return flying;
}
