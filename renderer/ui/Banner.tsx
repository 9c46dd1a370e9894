import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Banner.module.css';
import { classes } from './classes.ts';

/** What must be known about all that follows, and what can be done about it. */
export function Banner({
  icon: Icon,
  title,
  text,
  tone = 'warn',
  urgent = false,
  children,
}: {
  icon: LucideIcon;
  title: string;
  text?: ReactNode;
  tone?: 'warn' | 'plain';
  /** Said at once to those who listen. */
  urgent?: boolean;
  /** Buttons. */
  children?: ReactNode;
}) {
  return (
    <div className={classes(styles.banner, tone === 'plain' && styles.plain)} role={urgent ? 'alert' : 'status'}>
      <Icon size={20} aria-hidden />
      <div className={styles.words}>
        <h2>{title}</h2>
        {text && <p>{text}</p>}
      </div>
      {children}
    </div>
  );
}
