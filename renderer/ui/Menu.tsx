import type { LucideIcon } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import { type ReactElement, type ReactNode, useLayoutEffect, useRef } from 'react';
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
          <Items items={items} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/**
 * A menu for a control that is not its own: one of them serves a list of thousands. It closes when it is chosen from, and
 * gives the focus back to `anchor`; null is closed.
 */
export function MenuAt({
  anchor,
  label,
  items,
  onClose,
}: {
  anchor: HTMLElement | null;
  label: string;
  items: readonly MenuItem[];
  onClose: () => void;
}) {
  const at = anchor?.getBoundingClientRect();
  const before = useRef<HTMLElement | null>(null);
  const left = useRef(false);
  useLayoutEffect(() => {
    if (anchor === null) return;
    before.current = anchor;
    left.current = false;
  }, [anchor]);
  // The control itself opens and closes it.
  const ofAnchor = (event: { target: EventTarget | null; preventDefault: () => void }) => {
    if (event.target instanceof Node && anchor?.contains(event.target)) event.preventDefault();
    else left.current = true;
  };
  return (
    <Radix.Root modal={false} open={anchor !== null} onOpenChange={(open) => !open && onClose()}>
      <Radix.Trigger asChild>
        <span
          aria-hidden
          className={styles.anchor}
          style={at && { left: at.left, top: at.top, width: at.width, height: at.height }}
        />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className={styles.menu}
          aria-label={label}
          aria-labelledby={undefined}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          onInteractOutside={ofAnchor}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (!left.current) before.current?.focus();
          }}
        >
          <Items items={items} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Items({ items }: { items: readonly MenuItem[] }) {
  return items.map((item, at) =>
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
  );
}
