import { Cpu } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Card, CardSample, HostSample, Sample } from '../../../contract/telemetry.ts';
import { useFigures } from '../../i18n/index.ts';
import { amount, mainCard, memoryOf, shortName, silentCard } from '../../rooms/machine/amounts.ts';
import { Sparkline } from '../../ui/chart/Sparkline.tsx';
import { recent, useMachine } from './feed.ts';
import styles from './Strip.module.css';

/** One of two samples: the line is 120 px wide. */
const sparkOf = (read: (sample: Sample) => number | null): (number | null)[] =>
  recent.filter((_, index) => (recent.length - 1 - index) % 2 === 0).map(read);

/** Drawn again with each sample, and nothing else of the window is. */
export function Gauges() {
  const machine = useMachine((state) => state.machine);
  const sample = useMachine((state) => state.sample);
  if (!machine || !sample) return null;
  const card = mainCard(machine.cards, sample.cards);
  const reading = sample.cards.find((each) => each.card === card?.id);
  return (
    <>
      <Cpu size={16} aria-hidden className={styles.icon} />
      {card && reading ? <CardGauges card={card} reading={reading} /> : <HostGauges host={sample.host} />}
    </>
  );
}

function CardGauges({ card, reading }: { card: Card; reading: CardSample }) {
  const { t } = useTranslation('machine');
  const name = <strong className={styles.name}>{shortName(card.name)}</strong>;
  if (silentCard(reading)) {
    return (
      <>
        {name}
        <span>{t('cardSilent')}</span>
      </>
    );
  }
  const history = sparkOf(({ cards }) => cards.find((each) => each.card === card.id)?.utilisation ?? null);
  return (
    <>
      {name}
      {reading.utilisation !== null && (
        <>
          <span className={styles.spark}>
            <Sparkline values={history} most={100} colour="--chart-utilisation" />
          </span>
          <span>
            <strong>{amount.whole(reading.utilisation)} %</strong> {t('busyLabel')}
          </span>
        </>
      )}
      <VramGauge reading={reading} />
      {reading.power !== null && (
        <span>
          <strong>{amount.whole(reading.power)}</strong> W
        </span>
      )}
      {reading.temperature !== null && (
        <span>
          <strong>{amount.whole(reading.temperature)}</strong> °C
        </span>
      )}
    </>
  );
}

function VramGauge({ reading }: { reading: CardSample }) {
  const { t } = useTranslation('machine');
  const figures = useFigures();
  const memory = memoryOf(reading);
  if (!memory) return null;
  const share = (bytes: number): string => `${(bytes / memory.total) * 100}%`;
  const bytes = (value: number): string => figures.bytes(value);
  const words =
    memory.ours === null
      ? t('vramWordsUsed', { used: bytes(memory.used), free: bytes(memory.free) })
      : t('vramWords', { ours: bytes(memory.ours), others: bytes(memory.others), free: bytes(memory.free) });
  return (
    <span className={styles.vram}>
      <span className={styles.bar} role="img" aria-label={words}>
        <span className={styles.ours} style={{ width: share(memory.ours ?? 0) }} />
        <span className={styles.others} style={{ width: share(memory.others) }} />
      </span>
      <span>
        <strong>{amount.gigabytes(memory.used)}</strong> {t('of', { total: amount.gigabytes(memory.total) })} GB
      </span>
    </span>
  );
}

function HostGauges({ host }: { host: HostSample }) {
  const { t } = useTranslation('machine');
  return (
    <>
      {host.cpu !== null && (
        <>
          <strong className={styles.name}>{t('cpu')}</strong>
          <span className={styles.spark}>
            <Sparkline values={sparkOf((sample) => sample.host.cpu)} most={100} colour="--chart-host" />
          </span>
          <span>
            <strong>{amount.whole(host.cpu)} %</strong> {t('busyLabel')}
          </span>
        </>
      )}
      {host.memoryUsed !== null && host.memoryTotal !== null && (
        <>
          <strong className={styles.name}>{t('ram')}</strong>
          <span className={styles.vram}>
            <span className={styles.bar}>
              <span className={styles.others} style={{ width: `${(host.memoryUsed / host.memoryTotal) * 100}%` }} />
            </span>
            <span>
              <strong>{amount.gigabytes(host.memoryUsed)}</strong>{' '}
              {t('of', { total: amount.gigabytes(host.memoryTotal) })} GB
            </span>
          </span>
        </>
      )}
    </>
  );
}
