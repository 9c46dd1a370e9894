import { useTranslation } from 'react-i18next';
import type { CalibrationRun, PlanQuery } from '../../../contract/plan.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { together, useFigures } from '../../i18n/index.ts';
import { reasonWords } from '../../i18n/reason.ts';
import { Button } from '../../ui/Button.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { calibrate, useCalibration } from './calibration.ts';
import styles from './SettingsRoom.module.css';

/** Finds the best settings for this machine by a few short clips of what stands in Create. */
export function Calibrate() {
  const { t } = useTranslation('plan');
  const now = useCalibration((state) => state.now);
  const query = useQuery();
  const ready = useStudio((state) => state.engine.kind === 'ready');
  if (query === null) return null;
  const begin = () => void told(calibrate((asked, options) => client.plan.calibrate(asked, options), query));
  const running = now.kind === 'running';
  const runs = 'runs' in now ? now.runs : [];
  return (
    <div className={styles.typed}>
      <div className={styles.row}>
        <p className={styles.hint}>{t('calibrate.hint')}</p>
        {running ? (
          <Button size="small" onClick={now.stop}>
            {t('calibrate.stop')}
          </Button>
        ) : (
          <Button size="small" onClick={begin} disabled={!ready}>
            {t('calibrate.start')}
          </Button>
        )}
      </div>
      {running && <ProgressBar label={t('calibrate.progress')} value={now.of === null ? null : runs.length / now.of} />}
      <div role="status">
        {runs.length > 0 && (
          <ol className={styles.tried}>
            {runs.map((run, index) => (
              <Tried key={index} run={run} />
            ))}
          </ol>
        )}
        <Said />
      </div>
    </div>
  );
}

/** Of the clip that stands in Create; else of what the first model is made for. */
function useQuery(): PlanQuery | null {
  const draft = useStudio((state) => state.settings.draft);
  const models = useStudio((state) => state.models);
  const model = models.find(({ id }) => id === draft?.model) ?? models[0];
  if (model === undefined) return null;
  const { width, height, frames, steps, guidance } = draft?.model === model.id ? draft : model.defaults;
  return { model: model.id, width, height, frames, steps, guidance };
}

/** In which way, and what came of it. */
function Tried({ run: { result, prediction, reasons } }: { run: CalibrationRun }) {
  const { t } = useTranslation('plan');
  const { seconds } = useFigures();
  const said =
    result.kind === 'measured'
      ? t('calibrate.measured', {
          measured: seconds(result.stepSeconds),
          predicted: seconds(prediction.stepSeconds),
        })
      : t(result.kind === 'too-large' ? 'calibrate.tooLarge' : 'calibrate.failed');
  return (
    <li>
      {said}
      <p className={styles.hint}>{together(reasons.map(reasonWords))}</p>
    </li>
  );
}

/** How it ended, if it did. */
function Said() {
  const { t } = useTranslation('plan');
  const { duration } = useFigures();
  const now = useCalibration((state) => state.now);
  switch (now.kind) {
    case 'idle':
    case 'running':
      return null;
    case 'not-now':
      return <p className={styles.hint}>{t(`calibrate.notNow.${now.why}`)}</p>;
    case 'ended':
      return <p className={styles.hint}>{t('calibrate.ended')}</p>;
    case 'done': {
      const { before, after } = now;
      if (before === null || !('prediction' in before) || !('prediction' in after)) return null;
      const [earlier, later] = [duration(before.prediction.seconds), duration(after.prediction.seconds)];
      return <p className={styles.label}>{t('calibrate.done', { before: earlier, after: later })}</p>;
    }
  }
}
