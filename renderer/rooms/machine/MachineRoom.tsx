import { Unplug } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { phases } from '../../../contract/render.ts';
import type { Card, Machine } from '../../../contract/telemetry.ts';
import { Room } from '../../app/Room.tsx';
import { useMachine } from '../../app/strip/feed.ts';
import { useFigures } from '../../i18n/index.ts';
import { Skeleton } from '../../ui/Skeleton.tsx';
import { phaseColours } from '../phaseColours.ts';
import { mainCard, shortName, silentCard } from './amounts.ts';
import { Charts, type Handles } from './Charts.tsx';
import { Head } from './Head.tsx';
import { Host, Users } from './Inspector.tsx';
import styles from './MachineRoom.module.css';
import { type Range, usePast } from './past.ts';
import { VerdictPanel } from './VerdictPanel.tsx';

/** What was chosen here last, until the page is loaded anew. */
const useView = create<{ chosen: string | null; seconds: Range }>()(() => ({ chosen: null, seconds: 120 }));

export function MachineRoom() {
  const { t } = useTranslation('app');
  const machine = useMachine((state) => state.machine);
  if (machine) return <Known machine={machine} />;
  return (
    <Room label={t('rooms.machine')}>
      <Skeleton height={28} width={280} />
    </Room>
  );
}

function Known({ machine }: { machine: Machine }) {
  const { t } = useTranslation(['machine', 'app', 'terms']);
  const { chosen, seconds } = useView();
  const [held, setHeld] = useState(false);
  const handles = useRef<Handles>(new Map());
  const main = useMachine((state) => mainCard(machine.cards, state.sample?.cards ?? [])?.id ?? null);
  const card = machine.cards.find(({ id }) => id === (chosen ?? main)) ?? machine.cards[0] ?? null;
  const silent = useMachine(({ sample }) => {
    const reading = sample?.cards.find((each) => each.card === card?.id);
    return reading !== undefined && silentCard(reading);
  });
  const past = usePast(card?.id ?? null, seconds, held);
  return (
    <Room
      label={t('app:rooms.machine')}
      inspectorLabel={t('machine:host.title')}
      inspector={
        <>
          {card && !silent && <Users key={card.id} card={card} />}
          <Host machine={machine} named={card === null} />
        </>
      }
    >
      <VerdictPanel />
      <Head
        machine={machine}
        card={card}
        onCard={(id) => useView.setState({ chosen: id })}
        past={past}
        seconds={seconds}
        onSeconds={(range) => useView.setState({ seconds: range })}
        held={held}
        onHeld={setHeld}
        handles={handles}
      />
      <State machine={machine} card={card} silent={silent} />
      <Said held={held} now={past.now} failed={past.failed} />
      <ul className={styles.legend} aria-label={t('machine:legend')}>
        {phases.map((phase) => (
          <li key={phase}>
            <span className={styles.swatch} style={{ background: `var(${phaseColours[phase]})` }} />
            {t(`terms:phases.${phase}`)}
          </li>
        ))}
      </ul>
      <Charts past={past} card={card} seconds={seconds} handles={handles} />
    </Room>
  );
}

/** Why there are no readings of a card. */
function State({ machine, card, silent }: { machine: Machine; card: Card | null; silent: boolean }) {
  const { t } = useTranslation('machine');
  const { source } = machine;
  if (card && silent) {
    return <Plain title={t('lost.title')} text={t('lost.text', { name: shortName(card.name) })} />;
  }
  if (card || source.kind !== 'none' || source.reason === 'driver-lost') return null;
  const title = source.reason === 'starting' ? 'noCard.startingTitle' : 'noCard.title';
  return <Plain title={t(title)} text={t(`noCard.${source.reason}`)} />;
}

const Plain = ({ title, text }: { title: string; text: string }) => (
  <div className={styles.plain} role="status">
    <Unplug size={20} aria-hidden />
    <div>
      <p className={styles.title}>{title}</p>
      <p className={styles.text}>{text}</p>
    </div>
  </div>
);

function Said({ held, now, failed }: { held: boolean; now: number | null; failed: boolean }) {
  const { t } = useTranslation('machine');
  const figures = useFigures();
  const words = [failed && t('historyFailed'), held && now !== null && t('held', { time: figures.moment(now) })];
  return (
    <p className={styles.said} role="status">
      {words.filter(Boolean).join(' ')}
    </p>
  );
}
