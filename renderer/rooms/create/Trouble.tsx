import { RotateCcw, SlidersHorizontal, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { failureWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { attemptWords, proposalWords, triedWords } from '../../i18n/recovery.ts';
import { Button } from '../../ui/Button.tsx';
import { Still } from '../queue/Still.tsx';
import { useForecaster } from '../queue/useForecaster.ts';
import { takeRemedied, takeToChange, tryAgain } from '../recovery/actions.ts';
import { Countdown } from '../recovery/Countdown.tsx';
import { FailurePicture } from '../recovery/FailurePicture.tsx';
import { needsChange, type Offer, offerOf } from '../recovery/offer.ts';
import { Always, RecoveryButtons } from '../recovery/RecoveryActions.tsx';
import { Safe } from '../recovery/Safe.tsx';
import { RemedyList } from './RemedyList.tsx';
import styles from './Stage.module.css';
import { Remove, StageCard } from './StageCard.tsx';
import { Timeline } from './Timeline.tsx';
import { stoppedCourse, timeline } from './timeline.ts';

/** A render that failed: what happened, what is safe, what is done about it, by itself or when it is asked for. */
export function Trouble({ job }: { job: Job }) {
  const { t } = useTranslation(['create', 'recovery']);
  useFigures();
  const expected = useForecaster().phases(job);
  const { state, settings } = job;
  if (state.kind !== 'failed' && state.kind !== 'recovering') return null;
  const { failure } = state;
  const offer = offerOf(state);
  const tried = triedWords(job);
  const kept = offer?.kept ?? (state.kind === 'failed' ? state.kept : { kind: 'nothing' as const });
  const course = stoppedCourse(state, settings.steps);
  const proposed =
    offer === null || offer.kind === 'ended' ? null : offer.kind === 'begun' ? offer.recovery : offer.proposed;
  const waiting = offer?.kind === 'countdown' || offer?.kind === 'waits';
  return (
    <section className={styles.place} aria-label={t('render.region')}>
      <div className={styles.stage}>
        <Behind job={job} />
        <StageCard
          icon={<TriangleAlert size={20} className={styles.warn} aria-hidden />}
          title={failureWords(failure).title}
        >
          {(waiting || !needsChange(failure)) && <Safe kept={kept} steps={settings.steps} />}
          <FailurePicture job={job} failure={failure} proposed={proposed} />
          {tried && <p className={styles.dim}>{tried}</p>}
          <Sentences failure={failure} offer={offer} height={settings.height} />
          {offer?.kind === 'ended' && offer.remedies.length > 0 && (
            <>
              <p className={styles.dim}>{t('recovery:end.remedies')}</p>
              <RemedyList remedies={offer.remedies} fps={settings.fps} onTake={(remedy) => takeRemedied(job, remedy)} />
            </>
          )}
          <div className={styles.cardActions}>
            {offer && <RecoveryButtons job={job} offer={offer.kind === 'ended' ? { ...offer, remedies: [] } : offer} />}
            {(offer === null || offer.kind === 'ended') && <Again job={job} failure={failure} offer={offer} />}
            {state.kind === 'failed' && <Remove job={job} kept={state.kept} />}
          </div>
          {waiting && (
            <div className={styles.cardFoot}>
              <Always />
              {offer?.kind === 'countdown' && <Countdown beginsAt={offer.beginsAt} choosing={offer.choosing} />}
            </div>
          )}
          <Detail text={failure.detail} />
        </StageCard>
      </div>
      {course && <Timeline segments={timeline(course, expected)} live={null} />}
      {state.kind === 'recovering' && (
        <div className={styles.foot}>
          <span />
          <Button icon={X} onClick={() => void told(client.queue.cancel({ id: job.id }))}>
            {t('render.cancel')}
          </Button>
        </div>
      )}
    </section>
  );
}

/** How far it had come, behind the card. */
function Behind({ job }: { job: Job }) {
  const preview = useStudio((state) => (state.preview?.jobId === job.id ? state.preview : null));
  return preview && <Still preview={preview} className={styles.behind} aria-hidden />;
}

function Sentences({ failure, offer, height }: { failure: Failure; offer: Offer | null; height: number }) {
  const { t } = useTranslation('recovery');
  const { action } = failureWords(failure);
  switch (offer?.kind) {
    case undefined:
      return <p>{action}</p>;
    case 'begun':
      return <p>{attemptWords(offer.attempt, offer.recovery, height)}</p>;
    case 'countdown':
    case 'waits':
      return <p>{proposalWords(offer.proposed, height)}</p>;
    case 'ended':
      return (
        <>
          <p>{t(`end.${offer.reason}`)}</p>
          {offer.others.length > 0 && <p>{t('end.others')}</p>}
          {offer.remedies.length === 0 && <p>{action}</p>}
        </>
      );
  }
}

/** As it was, for when something else has changed; or with other settings. */
function Again({ job, failure, offer }: { job: Job; failure: Failure; offer: Offer | null }) {
  const { t } = useTranslation('create');
  const alone = offer?.kind !== 'ended' || offer.others.length + offer.remedies.length === 0;
  const variant = alone ? 'primary' : 'plain';
  if (!needsChange(failure)) {
    return (
      <Button variant={variant} icon={RotateCcw} onClick={() => void tryAgain(job)}>
        {t('stopped.again')}
      </Button>
    );
  }
  return (
    <Button variant={variant} icon={SlidersHorizontal} onClick={() => takeToChange(job, failure)}>
      {t('stopped.useSettings')}
    </Button>
  );
}

function Detail({ text }: { text: string }) {
  const { t } = useTranslation('create');
  if (text === '') return null;
  return (
    <details className={styles.detail}>
      <summary>{t('stopped.detail')}</summary>
      <pre>{text}</pre>
    </details>
  );
}
