import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { Confirm } from '../../ui/Confirm.tsx';
import { removeJob } from './actions.ts';

/** Asked only where there is no way back: something was kept, or it cannot be added again just so. */
export function AskRemove({ job, onClose }: { job: Job | null; onClose: () => void }) {
  const { t } = useTranslation('queue');
  const last = useRef(job);
  if (job !== null) last.current = job;
  const asked = last.current;
  if (asked === null) return null;
  const kept = 'kept' in asked.state ? asked.state.kept : ({ kind: 'nothing' } as const);
  return (
    <Confirm
      open={job !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('forget.title')}
      text={
        kept.kind === 'checkpoint' ? t('forget.lost.checkpoint', { count: kept.step }) : t(`forget.lost.${kept.kind}`)
      }
      action={t('forget.action')}
      danger
      onConfirm={() => void removeJob(asked)}
    />
  );
}
