import { Gauge } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Card } from '../../../contract/telemetry.ts';
import { useStudio } from '../../app/store.ts';
import { recent, useMachine } from '../../app/strip/feed.ts';
import { amount } from './amounts.ts';
import styles from './VerdictPanel.module.css';
import { thresholds, type Verdict, verdict } from './verdict.ts';

/** What the readings say about the render, in words; nothing when they say nothing. */
export function VerdictPanel({ card }: { card: Card | null }) {
  const { t } = useTranslation('machine');
  const live = useStudio((state) => state.live);
  const onCard = useStudio(({ engine }) => engine.kind === 'ready' && engine.device === 'cuda');
  // Looked at once a second: a verdict that comes and goes is none.
  useMachine((state) => Math.floor((state.sample?.time ?? 0) / 1000));
  const found = verdict(recent, live && { phase: live.phase, since: live.phaseSince, onCard }, card);
  const { title, text } = found ? worded(found) : { title: null, text: null };

  function worded(said: Verdict): { title: string; text: string } {
    switch (said.kind) {
      case 'idle': {
        const figures = {
          utilisation: amount.whole(said.utilisation),
          threshold: thresholds.idleBelow,
          cpu: amount.whole(said.cpu ?? 0),
        };
        const processor = said.cpu !== null && said.cpu >= thresholds.cpuFrom;
        return {
          title: t('verdict.idle.title', figures),
          text: t(processor ? 'verdict.idle.textCpu' : 'verdict.idle.text', figures),
        };
      }
      case 'copies': {
        const figures = {
          utilisation: amount.whole(said.utilisation),
          receive: amount.rate(said.receive),
          pcie: said.pcie,
        };
        return { title: t('verdict.copies.title', figures), text: t('verdict.copies.text', figures) };
      }
      case 'waits':
        return {
          title: t('verdict.waits.title', {
            utilisation: amount.whole(said.utilisation),
            power: amount.whole(said.power),
            powerLimit: amount.whole(said.powerLimit),
          }),
          text: t('verdict.waits.text'),
        };
      case 'memory-full':
        return {
          title: t('verdict.memory-full.title', {
            used: amount.gigabytes(said.used),
            total: amount.gigabytes(said.total),
          }),
          text: t('verdict.memory-full.text'),
        };
      case 'hot':
        return {
          title: t('verdict.hot.title', { temperature: amount.whole(said.temperature) }),
          text: t('verdict.hot.text', { usual: amount.whole(said.usual), clock: amount.whole(said.clock) }),
        };
      case 'processor':
        return {
          title: t('verdict.processor.title', { cpu: amount.whole(said.cpu) }),
          text: t('verdict.processor.text'),
        };
    }
  }

  // The place stays, so that a verdict is read out when it comes.
  return (
    <div role="status">
      {title !== null && (
        <div className={styles.verdict}>
          <Gauge size={20} aria-hidden className={styles.icon} />
          <div>
            <p className={styles.title}>{title}</p>
            <p className={styles.text}>{text}</p>
          </div>
        </div>
      )}
    </div>
  );
}
