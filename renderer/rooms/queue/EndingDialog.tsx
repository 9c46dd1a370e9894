import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { setWhenDone } from './actions.ts';

/** The queue is done and the machine is about to end the night: wherever one is, one can say no. */
export function EndingDialog() {
  const { t } = useTranslation('queue');
  const { endsAt, whenDone } = useStudio((state) => state.queue);
  const seconds = useSecondsTo(endsAt);
  const action = whenDone === 'nothing' ? 'sleep' : whenDone;
  const keep = () => void setWhenDone('nothing');
  return (
    <Dialog
      open={endsAt !== null}
      onOpenChange={(open) => !open && keep()}
      title={t(`whenDone.${action}.soon`)}
      description={t('whenDone.in', { count: seconds })}
      footer={
        <Button variant="primary" autoFocus onClick={keep}>
          {t(`whenDone.${action}.no`)}
        </Button>
      }
    />
  );
}

function useSecondsTo(at: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (at === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1000));
}
