import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import { startQueueAt } from './actions.ts';
import { nextAt, timeOf } from './startTime.ts';

/** Asks at which time the queue is to begin. */
export function StartTime({ open, startAt, onClose }: { open: boolean; startAt: number | null; onClose: () => void }) {
  const { t } = useTranslation(['queue', 'terms']);
  const { moment } = useFigures();
  const [typed, setTyped] = useState<string | null>(null);
  const time = typed ?? (startAt === null ? '23:00' : timeOf(new Date(startAt)));
  const at = nextAt(time, new Date());
  const close = () => {
    setTyped(null);
    onClose();
  };
  const begin = () => {
    if (at === null) return;
    void startQueueAt(at);
    close();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(now) => !now && close()}
      title={t('startAt.ask')}
      description={t('startAt.about')}
      footer={
        <>
          <Button variant="quiet" onClick={close}>
            {t('terms:cancel')}
          </Button>
          <Button variant="primary" disabled={at === null} onClick={begin}>
            {t('startAt.set')}
          </Button>
        </>
      }
    >
      <TextInput
        label={t('startAt.time')}
        type="time"
        autoFocus
        value={time}
        hint={at === null ? undefined : t('startAt.next', { time: moment(at) })}
        onChange={setTyped}
        onKeyDown={(event) => event.key === 'Enter' && begin()}
      />
    </Dialog>
  );
}
