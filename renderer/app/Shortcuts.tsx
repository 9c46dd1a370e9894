import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { rooms } from './navigation.ts';
import styles from './Shortcuts.module.css';

export function Shortcuts({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation('app');
  const rows: [string[], string][] = [
    [['Mod+1', `Mod+${rooms.length}`], t('shortcuts.rooms')],
    [['Mod+Enter'], t('shortcuts.add')],
    [['F6'], t('shortcuts.regions')],
    [['?'], t('shortcuts.help')],
    [['Esc'], t('shortcuts.close')],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('shortcuts.title')}>
      <dl className={styles.rows}>
        {rows.map(([keys, what]) => (
          <div key={what} className={styles.row}>
            <dt>{what}</dt>
            <dd>
              {keys.map((each, at) => (
                <span key={each}>
                  {at > 0 && ' … '}
                  <Kbd keys={each} />
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
