import { Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import type { Kept } from '../../../contract/worker.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { keptWords } from '../../i18n/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Confirm.tsx';
import styles from './Stage.module.css';

/** What is said of a clip in the place where it would be seen. */
export function StageCard({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className={styles.card}>
      <h2 className={styles.title}>
        {icon}
        {title}
      </h2>
      {children}
    </div>
  );
}

/** Only what was done is worth a question. */
export function Remove({ job, kept }: { job: Job; kept: Kept }) {
  const { t } = useTranslation('create');
  const [asking, setAsking] = useState(false);
  const remove = () => void told(client.queue.remove({ id: job.id }));
  return (
    <>
      <Button icon={Trash2} onClick={() => (kept.kind === 'nothing' ? remove() : setAsking(true))}>
        {t('stopped.remove')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('stopped.removeTitle')}
        text={t('stopped.removeText', { kept: keptWords(kept, job.settings.steps) })}
        action={t('stopped.remove')}
        danger
        onConfirm={remove}
      />
    </>
  );
}
