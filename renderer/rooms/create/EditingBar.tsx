import { Pencil } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { leaveEditing, useEditing } from '../queue/editing.ts';
import styles from './SeveralPanel.module.css';

/** Create shows the settings of a clip that waits. */
export function EditingBar() {
  const { t } = useTranslation('queue');
  const job = useEditing((state) => state.job);
  if (job === null) return null;
  const begun = 'kept' in job.state && job.state.kept.kind !== 'nothing';
  return (
    <div className={styles.editing} role="status">
      <Pencil size={16} aria-hidden />
      <p>{t(begun ? 'editing.begun' : 'editing.title')}</p>
      <Button size="small" onClick={leaveEditing}>
        {t('editing.leave')}
      </Button>
    </div>
  );
}
