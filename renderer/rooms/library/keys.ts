import { useEffect, useRef } from 'react';

const takesKeys =
  'input:not([type="range"]), textarea, select, [role="menu"], [role="listbox"], [role="dialog"], [role="alertdialog"]';
const scrubs = /^(Arrow|Home$|End$|Page)/;

/**
 * Keys of the clip that is open, wherever the focus is. A control that uses a key itself keeps it: what is typed into,
 * what is scrubbed, and Space or Enter on a button.
 */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      if (!(target instanceof Element) || target.closest(takesKeys)) return;
      if (event.key === ' ' && target.closest('button, a')) return;
      if (scrubs.test(event.key) && target.matches('input')) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
      const act = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
