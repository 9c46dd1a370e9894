import type { LucideIcon } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './Menu.module.css';

export type MenuItem =
  | {
      label: string;
      icon?: LucideIcon;
      run: () => void;
      disabled?: boolean;
      danger?: boolean;
      shortcut?: ReactNode;
    }
  | 'separator';

/** `trigger` is a Button or an IconButton. */
export function Menu({
  trigger,
  items,
  align = 'end',
}: {
  trigger: ReactElement;
  items: readonly MenuItem[];
  align?: 'start' | 'end';
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} align={align} sideOffset={4} collisionPadding={8}>
          {items.map((item, at) =>
            item === 'separator' ? (
              <Radix.Separator key={`separator-${at}`} className={styles.separator} />
            ) : (
              <Radix.Item
                key={item.label}
                className={classes(styles.item, item.danger && styles.danger)}
                disabled={item.disabled ?? false}
                onSelect={item.run}
              >
                <span className={styles.icon}>{item.icon && <item.icon size={16} aria-hidden />}</span>
                <span className={styles.label}>{item.label}</span>
                {item.shortcut}
              </Radix.Item>
            ),
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
