import { ChevronDown, CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Planned, PlanReason, Remedy } from '../../../contract/plan.ts';
import { useFigures, words } from '../../i18n/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { classes } from '../../ui/classes.ts';
import { toast } from '../../ui/toast.tsx';
import { changeDraft, useDraft } from './draft.ts';
import styles from './FitMeter.module.css';
import { barsOf, remedied } from './fit.ts';
import { RemedyList } from './RemedyList.tsx';

type Sized = Extract<Planned, { kind: 'fits' | 'tight' | 'too-large' }>;

const marks = {
  fits: { tone: 'good', icon: CircleCheck },
  tight: { tone: 'warn', icon: TriangleAlert },
  'too-large': { tone: 'bad', icon: CircleAlert },
} as const;

/** Whether the clip fits into this machine, what each phase takes of it, how long it takes, and why. */
export function FitMeter({ draft, planned }: { draft: Draft; planned: Planned | null }) {
  const { t } = useTranslation('plan');
  if (planned === null || planned.kind === 'shape') return null;
  if (planned.kind === 'model') {
    return planned.problem === 'sizes' ? (
      <p className={styles.trouble} role="status">
        {t('modelSizes', { file: planned.file ?? '' })}
      </p>
    ) : null;
  }
  return (
    <section className={styles.meter} aria-label={t('label')}>
      <Verdict planned={planned} limited={draft.memoryLimit !== undefined} />
      <Bars planned={planned} limited={draft.memoryLimit !== undefined} />
      {planned.kind === 'too-large' ? <Remedies draft={draft} planned={planned} /> : <Why reasons={planned.reasons} />}
    </section>
  );
}

function Verdict({ planned, limited }: { planned: Sized; limited: boolean }) {
  const { t } = useTranslation('plan');
  const { bytes, about } = useFigures();
  const { tone, icon } = marks[planned.kind];
  const { room, prediction, binds } = planned;
  const lack = limited && isLimited(planned, binds.resource) ? 'lack.limited' : (`lack.${binds.resource}` as const);
  return (
    <>
      <div className={styles.head} role="status">
        <Badge tone={tone} icon={icon}>
          {t(`verdict.${planned.kind}`)}
        </Badge>
        {planned.kind !== 'too-large' && (
          <span className={styles.time} title={t(`basis.${prediction.basis}`)}>
            {about(prediction.seconds)}
            {prediction.basis === 'guessed' && <span className={styles.guess}>{t('guess')}</span>}
          </span>
        )}
      </div>
      {planned.kind === 'too-large' && (
        <p className={styles.lack}>
          {t(lack, {
            phase: t(`phase.${binds.phase}`),
            needed: bytes(binds.bytes),
            there: bytes(binds.available),
          })}
        </p>
      )}
      {room.device === 'cpu' && <p className={styles.note}>{t('processor')}</p>}
      {room.cardBasis === 'guessed' && <p className={styles.note}>{t('unknownCard')}</p>}
    </>
  );
}

/** A limit is of the card, or where there is none of the memory. */
const isLimited = ({ room }: Sized, resource: 'device' | 'host'): boolean =>
  resource === (room.device === 'cuda' ? 'device' : 'host');

function Bars({ planned, limited }: { planned: Sized; limited: boolean }) {
  const { t } = useTranslation('plan');
  const { bytes } = useFigures();
  const { resource, bars, available, line } = barsOf(planned);
  return (
    <div className={styles.picture}>
      <p className={styles.free}>
        {t(`${limited && isLimited(planned, resource) ? 'limited' : 'free'}.${resource}`, { free: bytes(available) })}
      </p>
      <dl className={styles.bars}>
        {bars.map(({ phase, bytes: needed, share, over }) => (
          <div key={phase} className={styles.row}>
            <dt>{t(`phase.${phase}`)}</dt>
            <dd className={styles.track} aria-hidden>
              <span className={classes(styles.bar, over && styles.over)} style={{ width: `${100 * share}%` }} />
              {line < 1 && <span className={styles.line} style={{ insetInlineStart: `${100 * line}%` }} />}
            </dd>
            <dd className={styles.value}>{bytes(needed)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Why({ reasons }: { reasons: readonly PlanReason[] }) {
  const { t } = useTranslation('plan');
  const { bytes, percent } = useFigures();
  const told = reasons.filter(({ kind }) => kind !== 'processor');
  if (told.length === 0) return null;
  const sentence = (reason: PlanReason): string => {
    switch (reason.kind) {
      case 'streamed':
        return reason.slower < 0.01
          ? t('reason.streamedFree', { bytes: bytes(reason.bytes) })
          : t('reason.streamed', { bytes: bytes(reason.bytes), slower: percent(reason.slower) });
      case 'sequential':
        return t('reason.sequential', { slower: percent(reason.slower) });
      case 'guidance-in-turn':
        return t('reason.guidance-in-turn', { bytes: bytes(reason.bytes) });
      case 'slabs':
        return reason.hostBytes > 0
          ? t('reason.slabsAway', { rows: reason.rows, bytes: bytes(reason.hostBytes) })
          : t('reason.slabs', { rows: reason.rows });
      case 'eight-bit-weights':
        return t('reason.eight-bit-weights', { bytes: bytes(reason.bytes) });
      case 'processor':
      case 'all-resident':
      case 'in-turn':
      case 'compiled':
      case 'float32':
      case 'sage-attention':
        return t(`reason.${reason.kind}`);
    }
  };
  return (
    <Collapsible.Root>
      <Collapsible.Trigger className={styles.fold}>
        <span>{t('why')}</span>
        <ChevronDown size={14} className={styles.chevron} aria-hidden />
      </Collapsible.Trigger>
      <Collapsible.Content>
        <ul className={styles.reasons}>
          {told.map((reason) => (
            <li key={reason.kind}>{sentence(reason)}</li>
          ))}
        </ul>
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

function Remedies({ draft, planned }: { draft: Draft; planned: Extract<Planned, { kind: 'too-large' }> }) {
  const { t } = useTranslation('plan');
  if (planned.remedies.length === 0) return <p className={styles.note}>{t('noRemedy')}</p>;
  const take = (remedy: Remedy, label: string) => {
    const next = remedied(draft, remedy);
    if (next) change(next, label);
  };
  return <RemedyList remedies={planned.remedies} fps={draft.fps} onTake={take} />;
}

/** Puts what fits in place, with a way back. */
function change(next: Draft, text: string): void {
  const before = useDraft.getState().draft;
  if (!before) return;
  const { width, height, frames, memoryLimit } = before;
  changeDraft({ width: next.width, height: next.height, frames: next.frames, memoryLimit: next.memoryLimit });
  toast({
    text,
    action: { label: words('common:undo'), run: () => changeDraft({ width, height, frames, memoryLimit }) },
  });
}
