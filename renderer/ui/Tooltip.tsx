import { Slot } from 'radix-ui';
import {
  type FocusEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import { createPortal } from 'react-dom';
import styles from './Tooltip.module.css';

type Side = 'top' | 'right';
interface Tip {
  anchor: Element;
  text: ReactNode;
  side: Side;
}

/** Until the pointer has come to rest, and as long as it may take from the anchor to the words. */
const delayMs = 400;
const graceMs = 120;
const gap = 6;
const margin = 8;

let shown: Tip | null = null;
/** What is shown, or will be in a moment. */
let wanted: Tip | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const watchers = new Set<() => void>();

function show(tip: Tip | null, afterMs = 0): void {
  clearTimeout(timer);
  wanted = tip;
  const now = () => {
    if (shown === tip || tip?.anchor.isConnected === false) return;
    shown = tip;
    for (const watcher of watchers) watcher();
  };
  if (afterMs === 0) now();
  else timer = setTimeout(now, afterMs);
}

/** What another element shows stays. */
function hide(anchor: Element, afterMs = 0): void {
  if (wanted?.anchor === anchor) show(null, afterMs);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** What an element is given so that words stand beside it: handlers alone, so that a thousand of them cost nothing. */
export const tipOf = (text: ReactNode, side: Side = 'top') => ({
  onPointerEnter: ({ currentTarget, pointerType }: PointerEvent<Element>) => {
    if (pointerType !== 'touch') show({ anchor: currentTarget, text, side }, delayMs);
  },
  onPointerLeave: ({ currentTarget }: PointerEvent<Element>) => hide(currentTarget, graceMs),
  onPointerDownCapture: () => show(null),
  onFocus: ({ currentTarget }: FocusEvent<Element>) => {
    if (currentTarget.matches(':focus-visible')) show({ anchor: currentTarget, text, side });
  },
  onBlur: ({ currentTarget }: FocusEvent<Element>) => {
    if (!currentTarget.matches(':hover')) hide(currentTarget);
  },
});

/** Words beside what the pointer or the focus is on. Never the only place where something is said. */
export function Tooltip({ text, side = 'top', children }: { text: ReactNode; side?: Side; children: ReactElement }) {
  return <Slot.Root {...tipOf(text, side)}>{children}</Slot.Root>;
}

/** One for the whole page, drawn in the landmark or the dialog of what it belongs to. */
export function Tooltips() {
  const tip = useSyncExternalStore(watch, () => shown);
  const place = tip?.anchor.closest('[role="dialog"], [role="alertdialog"], [data-region]') ?? document.body;
  return tip && createPortal(<Words tip={tip} />, place);
}

function Words({ tip }: { tip: Tip }) {
  const words = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = words;
    if (current === null) return;
    // A dialog is moved to its place itself, and what is fixed in it goes with it.
    current.style.transform = 'none';
    const origin = current.getBoundingClientRect();
    const { left, top } = placeOf(tip, origin);
    current.style.transform = `translate(${Math.round(left - origin.left)}px, ${Math.round(top - origin.top)}px)`;
  }, [tip]);
  useEffect(() => {
    const over = () => show(null);
    const onKeyDown = ({ key }: KeyboardEvent) => key === 'Escape' && over();
    // What it belongs to may be gone from under the pointer.
    const onPointerOver = ({ target }: globalThis.PointerEvent) => {
      const here = target instanceof Node && (tip.anchor.contains(target) || words.current?.contains(target) === true);
      if (!here && !tip.anchor.isConnected) over();
    };
    const options = { capture: true, passive: true };
    window.addEventListener('scroll', over, options);
    window.addEventListener('resize', over);
    window.addEventListener('keydown', onKeyDown, options);
    window.addEventListener('pointerover', onPointerOver, options);
    return () => {
      window.removeEventListener('scroll', over, options);
      window.removeEventListener('resize', over);
      window.removeEventListener('keydown', onKeyDown, options);
      window.removeEventListener('pointerover', onPointerOver, options);
    };
  }, [tip]);
  return (
    <div
      ref={words}
      role="tooltip"
      // Not read out where messages are.
      aria-live="off"
      className={styles.tooltip}
      onPointerEnter={() => show(tip)}
      onPointerLeave={() => show(null, graceMs)}
    >
      {tip.text}
    </div>
  );
}

/** On its side where there is room, else on the other one, and never out of the window. */
function placeOf({ anchor, side }: Tip, { width, height }: DOMRect): { left: number; top: number } {
  const at = anchor.getBoundingClientRect();
  const within = (value: number, most: number) => Math.max(margin, Math.min(value, most - margin));
  const top = (value: number) => within(value, window.innerHeight - height);
  const left = (value: number) => within(value, window.innerWidth - width);
  if (side === 'right') return { left: left(at.right + gap), top: top(at.top + (at.height - height) / 2) };
  const above = at.top - gap - height;
  return {
    left: left(at.left + (at.width - width) / 2),
    top: top(above >= margin ? above : at.bottom + gap),
  };
}
