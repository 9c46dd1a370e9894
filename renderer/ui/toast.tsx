import { X } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button.tsx';
import { classes } from './classes.ts';
import { IconButton } from './IconButton.tsx';
import styles from './toast.module.css';

interface Toast {
  text: string;
  tone?: 'plain' | 'bad';
  action?: { label: string; run: () => void };
}

const atOnce = 4;
const seconds = { plain: 6, withAction: 10 };

let next = 1;
let shown: readonly (Toast & { id: number })[] = [];
const watchers = new Set<() => void>();

function set(toasts: typeof shown): void {
  shown = toasts;
  for (const watcher of watchers) watcher();
}

const dismiss = (id: number): void => set(shown.filter((each) => each.id !== id));

/** Says something in passing. Nothing that must be read is said only here. */
export function toast(told: Toast): void {
  const rest = shown.filter((each) => each.text !== told.text);
  set([...rest, { ...told, id: next++ }].slice(-atOnce));
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function One({ told }: { told: Toast & { id: number } }) {
  const { t } = useTranslation('terms');
  const [held, setHeld] = useState(false);
  const { id, action } = told;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(id), 1000 * (action ? seconds.withAction : seconds.plain));
    return () => clearTimeout(timer);
  }, [held, id, action]);
  // Its button goes, and with it the focus: it is given to the room, before the action that may know a better place.
  const close = () => {
    document.querySelector('main')?.focus({ preventScroll: true });
    dismiss(id);
  };
  return (
    <li
      className={classes(styles.toast, told.tone === 'bad' && styles.bad)}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={styles.text}>{told.text}</span>
      {action && (
        <Button
          size="small"
          onClick={() => {
            close();
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton size="small" label={t('dismiss')} icon={X} onClick={close} />
    </li>
  );
}

/** Stands once in the page. */
export function Toaster() {
  const { t } = useTranslation('app');
  const toasts = useSyncExternalStore(watch, () => shown);
  return (
    <section aria-label={t('messages')} aria-live="polite" className={styles.region} data-region="messages">
      <ol className={styles.list}>
        {toasts.map((told) => (
          <One key={told.id} told={told} />
        ))}
      </ol>
    </section>
  );
}
