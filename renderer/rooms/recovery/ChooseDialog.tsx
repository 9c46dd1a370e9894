import { Check, TriangleAlert } from 'lucide-react';
import { RadioGroup } from 'radix-ui';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import type { Kept } from '../../../contract/worker.ts';
import { useStudio } from '../../app/store.ts';
import { failureWords, keptWords } from '../../i18n/failure.ts';
import { together, useFigures, words } from '../../i18n/index.ts';
import { choiceWords, priceWords } from '../../i18n/recovery.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { RemedyList } from '../create/RemedyList.tsx';
import { chooseNothing, hold, leaveChoosing, recover, takeRemedied, useChoosing } from './actions.ts';
import styles from './ChooseDialog.module.css';
import { type Choice, choicesOf, type Offer, offerOf, sameKept } from './offer.ts';

/** All ways in which a clip that failed can go on, wherever one is. */
export function ChooseDialog() {
  const { t } = useTranslation(['recovery', 'terms']);
  const id = useChoosing((state) => state.id);
  const job = useStudio((state) => (id === null ? null : (state.jobs.find((each) => each.id === id) ?? null)));
  const offer = job && offerOf(job.state);
  const choices = choicesOf(offer);
  const remedies = offer?.kind === 'ended' ? offer.remedies : [];
  const open = id !== null && choices.length + remedies.length > 0;
  const [picked, setPicked] = useState(0);

  // Taken up elsewhere, or taken out: there is nothing left to choose.
  useEffect(() => {
    if (id !== null && !open) leaveChoosing();
    if (!open) setPicked(0);
  }, [id, open]);

  const chosen = choices[picked] ?? choices[0];
  const go = async () => {
    if (job && chosen && (await recover(job, chosen.choice)) === null) return;
    leaveChoosing();
  };
  const putOff = (job: Job) => {
    leaveChoosing();
    void hold(job);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(wanted) => !wanted && chooseNothing(job)}
      title={t('dialog.title')}
      description={job && offer && aboutIt(offer, job.settings.steps)}
      footer={
        <>
          {job && offer?.kind === 'countdown' && (
            <Button variant="quiet" onClick={() => putOff(job)}>
              {t('notNow')}
            </Button>
          )}
          <Button onClick={() => chooseNothing(job)}>{t('terms:cancel')}</Button>
          {chosen && (
            <Button variant="primary" onClick={() => void go()}>
              {t('dialog.go')}
            </Button>
          )}
        </>
      }
    >
      {choices.length > 0 && job && offer && (
        <RadioGroup.Root
          className={styles.choices}
          aria-label={t('dialog.options')}
          value={String(picked)}
          onValueChange={(value) => setPicked(Number(value))}
        >
          {choices.map((choice, at) => (
            <Way
              key={String(choice.choice)}
              choice={choice}
              at={at}
              job={job}
              kept={offer.kept}
              onPick={() => setPicked(at)}
            />
          ))}
        </RadioGroup.Root>
      )}
      {job && remedies.length > 0 && (
        <section className={styles.remedies}>
          <h3 className={styles.name}>{t('dialog.remedies')}</h3>
          <RemedyList remedies={remedies} fps={job.settings.fps} onTake={(remedy) => takeRemedied(job, remedy)} />
        </section>
      )}
    </Dialog>
  );
}

/** What happened, what is safe, and that nothing begins meanwhile. */
const aboutIt = ({ kind, failure, kept }: Offer, steps: number): string =>
  together([
    words('terms:sentence', { text: failureWords(failure).title }),
    keptWords(kept, steps),
    kind === 'countdown' ? words('recovery:dialog.stands') : null,
  ]);

function Way({
  choice,
  at,
  job,
  kept,
  onPick,
}: {
  choice: Choice;
  at: number;
  job: Job;
  kept: Kept;
  onPick: () => void;
}) {
  const { t } = useTranslation('recovery');
  useFigures();
  const { recovery } = choice;
  // What they keep in common was said before.
  const keeps = sameKept(recovery.keeps, kept) ? null : recovery.keeps;
  return (
    // However short the arrow key was pressed, the one with the focus is the one that is picked.
    <RadioGroup.Item value={String(at)} className={styles.choice} onFocus={onPick}>
      <span className={styles.mark} aria-hidden>
        <RadioGroup.Indicator>
          <Check size={12} />
        </RadioGroup.Indicator>
      </span>
      <span className={styles.words}>
        <span className={styles.what}>{choiceWords(recovery, job.settings.height)}</span>
        <span className={styles.price}>
          {priceWords(recovery)}
          {keeps === null ? '' : ` · ${keptWords(keeps, job.settings.steps)}`}
        </span>
      </span>
      {choice.choice === null && <Badge>{t('dialog.proposed')}</Badge>}
      {recovery.changesPicture && (
        <Badge tone="warn" icon={TriangleAlert}>
          {t('changesPicture')}
        </Badge>
      )}
    </RadioGroup.Item>
  );
}
