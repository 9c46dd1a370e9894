import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { rooms } from './navigation.ts';
import styles from './Shortcuts.module.css';

export function Shortcuts({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation('app');
  const groups: [string, [string[], string][]][] = [
    [
      t('shortcuts.everywhere'),
      [
        [['Mod+1', `Mod+${rooms.length}`], t('shortcuts.rooms')],
        [['Mod+Enter'], t('shortcuts.add')],
        [['F6'], t('shortcuts.regions')],
        [['?'], t('shortcuts.help')],
        [['Esc'], t('shortcuts.close')],
      ],
    ],
    [
      t('rooms.queue'),
      [
        [['Alt+↑', 'Alt+↓'], t('shortcuts.move')],
        [['Shift+↑', 'Shift+↓'], t('shortcuts.selectMore')],
        [['Delete'], t('shortcuts.takeOut')],
      ],
    ],
    [
      t('rooms.library'),
      [
        [['Space'], t('shortcuts.select')],
        [['0', '5'], t('shortcuts.stars')],
        [['P'], t('shortcuts.play')],
        [['E'], t('shortcuts.export')],
        [['Delete'], t('shortcuts.remove')],
      ],
    ],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('shortcuts.title')} size="wide">
      <div className={styles.groups}>
        {groups.map(([place, rows]) => (
          <section key={place} className={styles.group}>
            <h3 className={styles.place}>{place}</h3>
            <dl>
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
          </section>
        ))}
      </div>
    </Dialog>
  );
}
