import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeasuredPhase } from '../../../contract/plan.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { toast } from '../../ui/toast.tsx';
import { Calibrate } from './Calibrate.tsx';
import { useCalibration } from './calibration.ts';
import { measuredModels } from './measured.ts';
import styles from './SettingsRoom.module.css';

/** What clips took here, beside what was said before; and a way to begin anew, after another card was put in. */
export function Measured() {
  const { t } = useTranslation('plan');
  const { duration } = useFigures();
  const version = useStudio((state) => state.libraryVersion);
  const models = useStudio((state) => state.models);
  const tried = useCalibration(({ now }) => ('runs' in now ? now.runs.length : 0));
  const [forgotten, setForgotten] = useState(0);
  const [phases, setPhases] = useState<readonly MeasuredPhase[] | null>(null);
  useEffect(() => {
    let wanted = true;
    client.plan.measured().then(
      (found) => wanted && setPhases(found),
      // The room is there without it.
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [version, tried, forgotten]);
  if (phases === null) return null;
  const rows = measuredModels(phases);
  const clips = rows.reduce((sum, row) => sum + row.clips, 0);
  const forget = async () => {
    if ((await told(client.plan.forget().then(() => true))) === null) return;
    setForgotten((count) => count + 1);
    toast({ text: t('measured.forgotten') });
  };
  return (
    <Panel title={t('measured.title')} className={styles.panel}>
      <div className={styles.row}>
        <p className={styles.hint}>{clips === 0 ? t('measured.none') : t('measured.clips', { count: clips })}</p>
        {clips > 0 && (
          <Button size="small" onClick={() => void forget()}>
            {t('measured.forget')}
          </Button>
        )}
      </div>
      {rows.length > 0 && (
        <dl className={styles.facts}>
          {rows.map(({ model, device, seconds, predictedSeconds }) => (
            <div key={`${model} ${device}`} className={styles.pair}>
              <dt>{models.find(({ id }) => id === model)?.name ?? model}</dt>
              <dd>{t('measured.row', { measured: duration(seconds), predicted: duration(predictedSeconds) })}</dd>
            </div>
          ))}
        </dl>
      )}
      <Calibrate />
    </Panel>
  );
}
