import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from './classes.ts';
import styles from './Dialog.module.css';
import { useFocusBack } from './focusBack.ts';
import { IconButton } from './IconButton.tsx';

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  size = 'normal',
  footer,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  size?: 'normal' | 'wide';
  footer?: ReactNode;
  children?: ReactNode;
}) {
  const { t } = useTranslation('terms');
  const focusBack = useFocusBack(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.veil} />
        <Radix.Content
          className={classes(styles.dialog, size === 'wide' && styles.wide)}
          onOpenAutoFocus={(event) => {
            // The dialog itself, so that it is read from its title on; a field that asks for the focus keeps it.
            const dialog = event.currentTarget;
            if (!(dialog instanceof HTMLElement) || dialog.querySelector('[autofocus]')) return;
            event.preventDefault();
            dialog.focus();
          }}
          onCloseAutoFocus={focusBack}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t('close')} icon={X} size="small" />
            </Radix.Close>
          </header>
          {description && <Radix.Description className={styles.description}>{description}</Radix.Description>}
          {children && <div className={styles.body}>{children}</div>}
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
