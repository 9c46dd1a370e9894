import { AlertDialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button.tsx';
import styles from './Dialog.module.css';
import { useFocusBack } from './focusBack.ts';

/** Asks before something that cannot be undone. The focus begins on the way back. */
export function Confirm({
  open,
  onOpenChange,
  title,
  text,
  action,
  danger = false,
  onConfirm,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: ReactNode;
  /** What the button does, as a verb. */
  action: string;
  danger?: boolean;
  onConfirm: () => void;
}) {
  const { t } = useTranslation('terms');
  const focusBack = useFocusBack(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.veil} />
        <Radix.Content className={styles.dialog} onCloseAutoFocus={focusBack}>
          <Radix.Title className={styles.title}>{title}</Radix.Title>
          <Radix.Description className={styles.description}>{text}</Radix.Description>
          <footer className={styles.foot}>
            <Radix.Cancel asChild>
              <Button variant="quiet">{t('cancel')}</Button>
            </Radix.Cancel>
            <Radix.Action asChild>
              <Button variant={danger ? 'danger' : 'primary'} onClick={onConfirm}>
                {action}
              </Button>
            </Radix.Action>
          </footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
