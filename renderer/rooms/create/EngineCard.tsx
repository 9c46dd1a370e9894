import { Cog, RotateCcw, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { EngineState } from '../../../contract/engine.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import styles from './Stage.module.css';

/** The first start, a start, or why there can be none. Nothing while the engine is there. */
export function EngineCard({ engine, waits }: { engine: EngineState; waits: boolean }) {
  const { t } = useTranslation('create');
  const { bytes, about, language } = useFigures();
  if (engine.kind === 'ready') return null;
  if (engine.kind === 'impossible') {
    return (
      <div className={styles.card} role="alert">
        <h2 className={styles.title}>
          <TriangleAlert size={20} className={styles.warn} aria-hidden />
          {t('engine.impossible')}
        </h2>
        {/* The sentence is in English, and says more than the words by cause. */}
        {language === 'en' ? (
          <p>{engine.sentence}</p>
        ) : (
          <>
            <p>{t(`engine.causes.${engine.cause}`)}</p>
            <details className={styles.detail} open>
              <summary>{t('engine.details')}</summary>
              <p lang="en">{engine.sentence}</p>
            </details>
          </>
        )}
        <div className={styles.cardActions}>
          <Button variant="primary" icon={RotateCcw} onClick={() => void told(client.engine.retry())}>
            {t('engine.retry')}
          </Button>
        </div>
      </div>
    );
  }
  const step = engine.kind === 'setting-up' ? engine.step : null;
  const known = step && step.doneBytes !== null && step.totalBytes !== null ? step : null;
  const share = known?.totalBytes ? (known.doneBytes ?? 0) / known.totalBytes : null;
  const doing = step ? t(`engine.phases.${step.phase}`) : t('engine.starting');
  return (
    <div className={styles.card} role="status">
      <h2 className={styles.title}>
        <Cog size={20} aria-hidden />
        {engine.kind === 'setting-up' ? t('engine.settingUp') : t('engine.starting')}
      </h2>
      {engine.kind === 'setting-up' && (
        <>
          <div className={styles.progress}>
            <p className={styles.pair}>
              <span>{doing}</span>
              <span className="figures">
                {known
                  ? t('engine.bytes', { done: bytes(known.doneBytes ?? 0), total: bytes(known.totalBytes ?? 0) })
                  : step?.expectedSeconds != null && t('engine.usual', { time: about(step.expectedSeconds) })}
              </span>
            </p>
            <ProgressBar label={doing} value={share} />
          </div>
          <p className={styles.dim}>{waits ? t('engine.withJob') : t('engine.settingUpText')}</p>
        </>
      )}
      {engine.kind === 'starting' && waits && <p className={styles.dim}>{t('engine.withJob')}</p>}
    </div>
  );
}
