import { Download, FileSpreadsheet, Image, Pause, Play } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { phases } from '../../../contract/render.ts';
import { sitePaths } from '../../../contract/site.ts';
import type { Card, Machine } from '../../../contract/telemetry.ts';
import { useMachine } from '../../app/strip/feed.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { toast } from '../../ui/toast.tsx';
import { phaseColours } from '../phaseColours.ts';
import { shortName } from './amounts.ts';
import { chartTitle, heightOf } from './ChartRow.tsx';
import type { Handles } from './Charts.tsx';
import { chartKinds, latest } from './charts.ts';
import styles from './Head.module.css';
import { type Past, type Range, ranges } from './past.ts';
import { drawPicture, type PictureRow, save, savePicture } from './picture.ts';

export interface HeadProps {
  machine: Machine;
  card: Card | null;
  onCard: (id: string) => void;
  past: Past;
  seconds: Range;
  onSeconds: (seconds: Range) => void;
  held: boolean;
  onHeld: (held: boolean) => void;
  handles: RefObject<Handles>;
}

/** What is measured, how far back, and how to take it away. */
export function Head({ machine, card, onCard, past, seconds, onSeconds, held, onHeld, handles }: HeadProps) {
  const { t } = useTranslation('machine');
  const title = card ? shortName(card.name) : t('machine');
  const facts = useFacts(machine, card);
  const savePng = usePicture({ title, facts, past, card, seconds, handles });
  return (
    <header className={styles.head}>
      <div className={styles.what}>
        <h1>{title}</h1>
        <p className={styles.facts}>{facts}</p>
        {machine.cards.length > 1 && card && (
          <Segmented
            label={t('whichCard')}
            value={card.id}
            options={machine.cards.map(({ id, name }, index) => ({
              value: id,
              label: `${index + 1} · ${shortName(name)}`,
            }))}
            onChange={onCard}
          />
        )}
      </div>
      <div className={styles.tools}>
        <Segmented
          label={t('range')}
          value={`${seconds}`}
          options={ranges.map((range) => ({ value: `${range}` as const, label: t(`ranges.${range}`) }))}
          onChange={(value) => onSeconds(ranges.find((range) => `${range}` === value) ?? seconds)}
        />
        <IconButton
          label={t(held ? 'go' : 'pause')}
          icon={held ? Play : Pause}
          pressed={held}
          onClick={() => onHeld(!held)}
        />
        <Menu
          trigger={<Button icon={Download}>{t('export')}</Button>}
          items={[
            {
              label: t('exportCsv'),
              icon: FileSpreadsheet,
              run: () => save(sitePaths.telemetryCsv(seconds), 'reelwright-machine.csv'),
            },
            { label: t('exportPng'), icon: Image, run: savePng },
          ]}
        />
      </div>
    </header>
  );
}

function useFacts(machine: Machine, card: Card | null): string {
  const { t } = useTranslation('machine');
  const figures = useFigures();
  if (!card) return [machine.processor, t('cores', { count: machine.cores }), machine.system].join(' · ');
  return [
    card.memoryTotal !== null && figures.bytes(card.memoryTotal).replace('.0', ''),
    card.driver !== null && t('driver', { driver: card.driver }),
    card.pcie !== null && t('pcie', { pcie: card.pcie }),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** All charts, as one picture. */
function usePicture({
  title,
  facts,
  past,
  card,
  seconds,
  handles,
}: Pick<HeadProps, 'past' | 'card' | 'seconds' | 'handles'> & { title: string; facts: string }): () => void {
  const { t } = useTranslation(['machine', 'terms']);
  const figures = useFigures();

  async function make(): Promise<void> {
    const limits = { card, sample: useMachine.getState().sample };
    const rows: PictureRow[] = [];
    for (const kind of chartKinds) {
      const canvas = await handles.current.get(kind.name)?.picture();
      if (!canvas) continue;
      const written = latest(kind, limits)
        .filter((value) => value !== null)
        .map(kind.write);
      const value =
        written.length > 0 ? `${written.join(' / ')} ${t(`machine:units.${kind.unit}`)}` : t('machine:noReading');
      const name = t(`machine:${chartTitle(kind, past, card)}`);
      rows.push({ name, value, canvas, height: heightOf(kind, card) });
    }
    const to = past.now ?? Date.now();
    const times = [1, 0.5, 0].map((share) => figures.date(to - share * seconds * 1000));
    const legend = phases.map((phase) => ({ name: t(`terms:phases.${phase}`), colour: phaseColours[phase] }));
    const stamp = new Date(to).toISOString().slice(0, 19).replaceAll(':', '-');
    await savePicture(drawPicture({ title, facts, legend, rows, times }), `reelwright-${stamp}.png`);
  }
  return () => {
    make().then(
      () => toast({ text: t('machine:exported') }),
      () => toast({ text: t('machine:exportFailed'), tone: 'bad' }),
    );
  };
}
