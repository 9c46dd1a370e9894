import { useTranslation } from 'react-i18next';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useSecondsTo } from '../../ui/useSecondsTo.ts';
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
      description={t('whenDone.in', { count: seconds ?? 0 })}
      footer={
        <Button variant="primary" autoFocus onClick={keep}>
          {t(`whenDone.${action}.no`)}
        </Button>
      }
    />
  );
}
