import { RotateCcw } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { choose, hold, recover, setPolicy } from './actions.ts';
import { choicesOf, type Offer } from './offer.ts';

/** The job that was held a moment ago: its button may stand elsewhere now, and takes the focus along. */
let justHeld: string | null = null;

/** What can be done about a failure. `tabIndex` for where the keyboard goes from row to row. */
export function RecoveryButtons({ job, offer, tabIndex = 0 }: { job: Job; offer: Offer; tabIndex?: number }) {
  const { t } = useTranslation('recovery');
  const main = useRef<HTMLButtonElement>(null);
  const waits = offer.kind === 'waits';
  useEffect(() => {
    if (!waits || justHeld !== job.id) return;
    justHeld = null;
    main.current?.focus();
  }, [waits, job.id]);
  const proposes = waits || offer.kind === 'countdown';
  const elsewise = choicesOf(offer).length > (proposes ? 1 : 0);
  const holdIt = () => {
    justHeld = job.id;
    void hold(job);
  };
  return (
    <>
      {proposes && (
        <Button
          ref={main}
          variant="primary"
          icon={RotateCcw}
          tabIndex={tabIndex}
          data-part="again"
          onClick={() => void recover(job)}
        >
          {t('recover')}
        </Button>
      )}
      {(elsewise || (offer.kind === 'ended' && offer.remedies.length > 0)) && (
        <Button tabIndex={tabIndex} data-part="choose" onClick={() => void choose(job)}>
          {t('choose')}
        </Button>
      )}
      {offer.kind === 'countdown' && (
        <Button variant="quiet" tabIndex={tabIndex} data-part="hold" onClick={holdIt}>
          {t('notNow')}
        </Button>
      )}
    </>
  );
}

/** The setting itself: it counts from the next failure on, and can be taken back in the same place. */
export function Always() {
  const { t } = useTranslation('recovery');
  const policy = useStudio((state) => state.settings.recovery);
  const before = useRef(policy === 'at-once' ? ('countdown' as const) : policy);
  return (
    <Checkbox checked={policy === 'at-once'} onChange={(always) => void setPolicy(always ? 'at-once' : before.current)}>
      {t('always')}
    </Checkbox>
  );
}
