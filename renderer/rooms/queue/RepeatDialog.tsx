import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { repeat } from './actions.ts';

const most = 1000;

/** The same settings, as often as one likes, each time with another seed. */
export function RepeatDialog({ open, draft, onClose }: { open: boolean; draft: Draft; onClose: () => void }) {
  const { t } = useTranslation(['queue', 'common']);
  const [count, setCount] = useState(4);
  const add = () => {
    onClose();
    void repeat(draft, count);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(now) => !now && onClose()}
      title={t('repeat.title')}
      description={t('repeat.text', { prompt: draft.prompt })}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button variant="primary" onClick={add}>
            {t('repeat.add', { count })}
          </Button>
        </>
      }
    >
      <NumberInput label={t('repeat.count')} value={count} min={1} max={most} onChange={setCount} />
    </Dialog>
  );
}
