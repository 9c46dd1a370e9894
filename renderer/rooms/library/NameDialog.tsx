import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import styles from './Collections.module.css';

/** Asks for a name. */
export function NameDialog({
  open,
  title,
  name,
  action,
  hint,
  maxLength = 80,
  onClose,
  onName,
}: {
  open: boolean;
  title: string;
  name: string;
  action: string;
  hint?: string;
  maxLength?: number;
  onClose: () => void;
  onName: (name: string) => void;
}) {
  const { t } = useTranslation(['library', 'terms']);
  const [typed, setTyped] = useState(name);
  useEffect(() => {
    if (open) setTyped(name);
  }, [open, name]);
  const wanted = typed.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted === '') return;
    onName(wanted);
    onClose();
  };
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={title}>
      <form onSubmit={submit}>
        <TextInput
          label={t('collection.name')}
          value={typed}
          maxLength={maxLength}
          hint={hint}
          onChange={setTyped}
          autoFocus
        />
        <p className={styles.ask}>
          <Button variant="quiet" onClick={onClose}>
            {t('terms:cancel')}
          </Button>
          <Button type="submit" variant="primary" disabled={wanted === ''}>
            {action}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}
