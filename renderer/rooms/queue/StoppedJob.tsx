import { CircleX, RotateCcw, SlidersHorizontal, TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { type FailureWords, failureWords } from '../../i18n/failure.ts';
import { useFigures, words } from '../../i18n/index.ts';
import { proposalWords, triedWords } from '../../i18n/recovery.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { takeToChange } from '../recovery/actions.ts';
import { needsChange, type Offer, offerOf } from '../recovery/offer.ts';
import { RecoveryButtons } from '../recovery/RecoveryActions.tsx';
import { Safe } from '../recovery/Safe.tsx';
import { resumeJob } from './actions.ts';
import { JobFigures } from './JobFigures.tsx';
import { JobMenu } from './JobMenu.tsx';
import styles from './JobRow.module.css';
import { Thumbnail } from './Thumbnail.tsx';

/** What will be done when it is asked for; or why nothing more is, and what else could be. */
function sentenceOf(offer: Offer, height: number, { action }: FailureWords): string {
  if (offer.kind !== 'ended') return offer.kind === 'waits' ? proposalWords(offer.proposed, height) : action;
  const nothingElse = offer.others.length + offer.remedies.length === 0;
  return offer.reason === 'not-by-trying' || nothingElse ? action : words(`recovery:end.${offer.reason}`);
}

/** A job that failed or was cancelled: what happened, what is safe, what to do. */
export const StoppedJob = memo(function StoppedJob({
  job,
  active,
  onRemove,
}: {
  job: Job;
  active: boolean;
  onRemove: (job: Job) => void;
}) {
  const { t } = useTranslation(['queue', 'terms', 'create']);
  useFigures();
  const { state } = job;
  if (state.kind !== 'failed' && state.kind !== 'cancelled') return null;
  const { prompt, steps, height } = job.settings;
  const { kept } = state;
  const failure = state.kind === 'failed' ? state.failure : null;
  const failed = failure && failureWords(failure);
  const offer = offerOf(state);
  const tried = triedWords(job);
  // Only other settings help: what is kept would come out the same.
  const changes = failure && offer?.kind !== 'waits' && needsChange(failure) ? failure : null;
  const tabIndex = active ? 0 : -1;
  return (
    <li data-row={job.id} className={styles.row}>
      <span className={classes(styles.mark, failed && styles.bad)}>
        {failed ? <TriangleAlert size={16} aria-hidden /> : <CircleX size={16} aria-hidden />}
      </span>
      <Thumbnail job={job} />
      <div className={styles.words}>
        <p className={styles.prompt} dir="auto">
          {prompt}
        </p>
        <JobFigures job={job} />
        {failed && (
          <div className={styles.failure}>
            <p>
              <strong>{t('terms:sentence', { text: failed.title })}</strong> {failed.particulars}
            </p>
            {tried && <p>{tried}</p>}
            <p>{offer === null ? failed.action : sentenceOf(offer, height, failed)}</p>
          </div>
        )}
        {kept.kind !== 'nothing' && !changes && (
          <div className={styles.safe}>
            <Safe kept={kept} steps={steps} />
          </div>
        )}
      </div>
      <div className={styles.state}>
        {offer?.kind === 'waits' ? (
          <Badge tone="warn">{t('state.waits')}</Badge>
        ) : failed ? (
          <Badge tone="bad">{t('state.failed')}</Badge>
        ) : (
          <Badge>{t('state.cancelled')}</Badge>
        )}
      </div>
      {offer?.kind !== 'waits' &&
        (changes ? (
          <Button
            icon={SlidersHorizontal}
            tabIndex={tabIndex}
            data-part="again"
            onClick={() => takeToChange(job, changes)}
          >
            {t('create:stopped.useSettings')}
          </Button>
        ) : (
          <Button icon={RotateCcw} tabIndex={tabIndex} data-part="again" onClick={() => void resumeJob(job)}>
            {t(kept.kind === 'nothing' ? 'tryAgain' : 'goOnFrom')}
          </Button>
        ))}
      {offer && <RecoveryButtons job={job} offer={offer} tabIndex={tabIndex} />}
      <JobMenu job={job} onRemove={() => onRemove(job)} tabIndex={tabIndex} />
    </li>
  );
});
