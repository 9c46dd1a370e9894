import { Unplug } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { connectNow } from './follow.ts';
import styles from './LostConnection.module.css';
import { useStudio } from './store.ts';

/** Over what was last known; alone in the window when nothing ever was. */
export function LostConnection({ alone }: { alone: boolean }) {
  const { t } = useTranslation('app');
  const denied = useStudio((state) => state.connection === 'denied');
  return (
    <div className={classes(styles.place, alone && styles.alone)} role="alert">
      <div className={styles.card}>
        <Unplug size={20} aria-hidden />
        <p>{denied ? t('connection.denied') : t('connection.lost')}</p>
        <Button size="small" onClick={connectNow}>
          {t('connection.now')}
        </Button>
      </div>
    </div>
  );
}
