import {
  Activity,
  Bookmark,
  Clapperboard,
  Library,
  ListVideo,
  type LucideIcon,
  Settings,
  Sparkles,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { classes } from '../ui/classes.ts';
import { Tooltip } from '../ui/Tooltip.tsx';
import { placeHash, type Room } from './navigation.ts';
import styles from './Rail.module.css';
import { anyNeedsYou, countInLine, type StudioState, useStudio } from './store.ts';

const icons: Record<Room, LucideIcon> = {
  create: Sparkles,
  queue: ListVideo,
  library: Library,
  presets: Bookmark,
  machine: Activity,
  settings: Settings,
};

/** What cannot go on without the person, by the room where it can be seen to. */
function needs({ jobs, engine }: StudioState, room: Room): boolean {
  if (room === 'queue') return anyNeedsYou({ jobs });
  return room === 'create' && engine.kind === 'impossible';
}

function Entry({ room, current }: { room: Room; current: boolean }) {
  const { t } = useTranslation('app');
  const Icon = icons[room];
  const count = useStudio((state) => (room === 'queue' ? countInLine(state) : 0));
  const needed = useStudio((state) => needs(state, room));
  const told = [count > 0 && t('inLine', { count }), needed && t('needsYou')].filter(Boolean).join(', ');
  return (
    <li>
      <Tooltip text={t(`rooms.${room}`)} side="right">
        <a
          href={placeHash(room)}
          className={classes(styles.entry, current && styles.current)}
          aria-current={current ? 'page' : undefined}
        >
          <span className={styles.icon}>
            <Icon size={20} strokeWidth={1.75} aria-hidden />
            {count > 0 && (
              <span className={styles.count} aria-hidden>
                {count > 99 ? '99+' : count}
              </span>
            )}
            {needed && <span className={styles.dot} aria-hidden />}
          </span>
          <span className={styles.name}>{t(`rooms.${room}`)}</span>
          {told && <span className="visually-hidden">{told}</span>}
        </a>
      </Tooltip>
    </li>
  );
}

export function Rail({ room }: { room: Room }) {
  const { t } = useTranslation('app');
  const entry = (each: Room) => <Entry key={each} room={each} current={each === room} />;
  return (
    <nav className={styles.rail} aria-label={t('rail')} data-region="rail">
      <a
        className={styles.skip}
        href={placeHash(room)}
        onClick={(event) => {
          event.preventDefault();
          document.querySelector('main')?.focus();
        }}
      >
        {t('skip')}
      </a>
      <Clapperboard className={styles.mark} size={24} strokeWidth={1.75} aria-hidden />
      <ul>{(['create', 'queue', 'library', 'presets', 'machine'] as const).map(entry)}</ul>
      <ul className={styles.last}>{entry('settings')}</ul>
    </nav>
  );
}
