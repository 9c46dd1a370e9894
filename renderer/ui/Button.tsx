import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import styles from './Button.module.css';
import { classes } from './classes.ts';

export type ButtonProps = ComponentProps<'button'> & {
  variant?: 'primary' | 'plain' | 'quiet' | 'danger';
  size?: 'small' | 'normal' | 'large';
  icon?: LucideIcon;
  children: ReactNode;
};

export function Button({
  variant = 'plain',
  size = 'normal',
  icon: Icon,
  children,
  className,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button type={type} className={classes(styles.button, styles[variant], styles[size], className)} {...rest}>
      {Icon && <Icon size={size === 'small' ? 14 : 16} aria-hidden />}
      <span className={styles.text}>{children}</span>
    </button>
  );
}
