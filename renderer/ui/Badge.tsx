import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Badge.module.css';
import { classes } from './classes.ts';

/** A colour never stands alone: there is always the word, and an icon where it means good or bad. */
export function Badge({
  tone = 'neutral',
  icon: Icon,
  children,
}: {
  tone?: 'neutral' | 'accent' | 'good' | 'warn' | 'bad';
  icon?: LucideIcon;
  children: ReactNode;
}) {
  return (
    <span className={classes(styles.badge, styles[tone])}>
      {Icon && <Icon size={14} aria-hidden />}
      {children}
    </span>
  );
}
