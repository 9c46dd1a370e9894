import type { ReactNode } from 'react';
import { classes } from '../ui/classes.ts';
import styles from './Room.module.css';

/** How a room stands in the window: what it is about, and beside it (below, in narrow windows) an inspector. */
export function Room({
  label,
  inspector,
  inspectorLabel,
  fill = false,
  children,
}: {
  /** The room's name, for those who listen. Its visible headline, if any, is the room's own. */
  label: string;
  inspector?: ReactNode;
  inspectorLabel?: string;
  /** The room is as high as the window and scrolls by itself, if at all. */
  fill?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={classes(styles.room, Boolean(inspector) && styles.two)}>
      <main className={classes(styles.main, fill && styles.fill)} data-region="room" tabIndex={-1} aria-label={label}>
        {children}
      </main>
      {inspector && (
        <aside className={styles.inspector} data-region="inspector" aria-label={inspectorLabel ?? label}>
          {inspector}
        </aside>
      )}
    </div>
  );
}
