import type { ReactNode } from 'react';
import { useId } from 'react';
import { classes } from './classes.ts';
import styles from './Panel.module.css';

/** A card. With a title it is a region of its own. */
export function Panel({
  title,
  aside,
  tone = 'plain',
  className,
  children,
}: {
  title?: string;
  aside?: ReactNode;
  tone?: 'plain' | 'accent';
  className?: string | undefined;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section
      className={classes(styles.panel, tone === 'accent' && styles.accent, className)}
      {...(title ? { 'aria-labelledby': id } : {})}
    >
      {title && (
        <header className={styles.head}>
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
