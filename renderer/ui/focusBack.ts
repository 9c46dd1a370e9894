import { useRef } from 'react';

/** What has the focus; of a menu, which is about to go, the button that opened it. */
function focused(): Element | null {
  const now = document.activeElement;
  const trigger = now?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  return trigger ? document.getElementById(trigger) : now;
}

/** Gives the focus back, when a dialog closes, to what had it before. For `onCloseAutoFocus`. */
export function useFocusBack(open: boolean): (event: Event) => void {
  const before = useRef<Element | null>(null);
  const wasOpen = useRef(false);
  // While drawing, not after: by then a menu from which it was opened is gone, and the focus with it.
  if (open && !wasOpen.current) before.current = focused();
  wasOpen.current = open;
  return (event) => {
    event.preventDefault();
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
  };
}
