import { useEffect, useState } from 'react';
import { rooms, show } from './navigation.ts';

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input, textarea, select, [contenteditable], [role="combobox"]') !== null;

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), video[controls], [tabindex="0"]';

const canSee = (element: HTMLElement): boolean => element.getClientRects().length > 0;

/** From one part of the window to the next, as F6 does everywhere. */
function nextRegion(backwards: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => canSee(region) && region.querySelector(focusable),
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (backwards ? -1 : 1) + regions.length) % regions.length];
  const first = [...(next?.querySelectorAll<HTMLElement>(focusable) ?? [])].find(canSee);
  const current = next?.querySelector<HTMLElement>('[aria-current="page"]');
  (current ?? first)?.focus();
}

/** The keys that work everywhere. */
export function useShortcuts(): { open: boolean; setOpen: (open: boolean) => void } {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const modified = event.ctrlKey || event.metaKey;
      // A dialog has the window to itself.
      const within = document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
      if (within) return;
      const room = modified && !event.altKey && !event.shiftKey ? rooms[Number(event.key) - 1] : undefined;
      if (room) {
        event.preventDefault();
        show(room);
      } else if (event.key === 'F6') {
        event.preventDefault();
        nextRegion(event.shiftKey);
      } else if (event.key === '?' && !modified && !typing(event.target)) {
        event.preventDefault();
        setOpen(true);
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  return { open, setOpen };
}
