import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './IconButton.module.css';
import { tipOf } from './Tooltip.tsx';

export type IconButtonProps = Omit<ComponentProps<'button'>, 'children'> & {
  label: string;
  icon: LucideIcon;
  /** For one that is on or off. */
  pressed?: boolean;
  size?: 'small' | 'normal';
  /** Shown beside the label in the tooltip. */
  shortcut?: ReactNode;
};

export function IconButton({
  label,
  icon: Icon,
  pressed,
  size = 'normal',
  shortcut,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      aria-pressed={pressed}
      className={classes(styles.button, size === 'small' && styles.small, className)}
      {...tipOf(
        <>
          {label} {shortcut}
        </>,
      )}
      {...rest}
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}
