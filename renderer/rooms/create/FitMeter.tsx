import { ChevronDown } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Planned, PlanReason, Remedy } from '../../../contract/plan.ts';
import { useFigures, words } from '../../i18n/index.ts';
import { reasonWords } from '../../i18n/reason.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Bars } from '../../ui/Bars.tsx';
import { toast } from '../../ui/toast.tsx';
import { phaseColours } from '../phaseColours.ts';
import { verdictIcons } from '../verdictIcons.ts';
import { changeDraft, useDraft } from './draft.ts';
import styles from './FitMeter.module.css';
import { barsOf, choicesOf, remedied } from './fit.ts';
import { RemedyList } from './RemedyList.tsx';
import { ShortcutChoice } from './ShortcutChoice.tsx';

type Sized = Extract<Planned, { kind: 'fits' | 'tight' | 'too-large' }>;

const tones = { fits: 'good', tight: 'warn', 'too-large': 'bad' } as const;

/** Whether the clip fits into this machine, what each phase takes of it, how long it takes, and why. */
export function FitMeter({ draft, planned }: { draft: Draft; planned: Planned | null }) {
  const { t } = useTranslation('plan');
  if (planned === null || planned.kind === 'shape') return null;
  if (planned.kind === 'model') {
    const { problem, file } = planned;
    // Of a model that is gone others speak.
    if (problem === 'unknown') return null;
    return (
      <p className={styles.trouble} role="status">
        {problem === 'sizes' ? t('modelSizes', { file: file ?? '' }) : t('modelUnreadable')}
      </p>
    );
  }
  return (
    <section className={styles.meter} aria-label={t('label')}>
      <Verdict planned={planned} limited={draft.memoryLimit !== undefined} />
      <Needs planned={planned} limited={draft.memoryLimit !== undefined} />
      <ShortcutChoice draft={draft} choices={choicesOf(planned)} />
      {planned.kind === 'too-large' ? <Remedies draft={draft} planned={planned} /> : <Why reasons={planned.reasons} />}
    </section>
  );
}

function Verdict({ planned, limited }: { planned: Sized; limited: boolean }) {
  const { t } = useTranslation(['plan', 'terms']);
  const { bytes, about } = useFigures();
  const { room, prediction, binds } = planned;
  const lack = limited && isLimited(planned, binds.resource) ? 'lack.limited' : (`lack.${binds.resource}` as const);
  return (
    <>
      <div className={styles.head} role="status">
        <Badge tone={tones[planned.kind]} icon={verdictIcons[planned.kind]}>
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
            phase: t(`terms:phases.${binds.phase}`),
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

function Needs({ planned, limited }: { planned: Sized; limited: boolean }) {
  const { t } = useTranslation(['plan', 'terms']);
  const { bytes } = useFigures();
  const { resource, bars, available, line } = barsOf(planned);
  return (
    <div className={styles.picture}>
      <p className={styles.free}>
        {t(`${limited && isLimited(planned, resource) ? 'limited' : 'free'}.${resource}`, { free: bytes(available) })}
      </p>
      <Bars
        label={t('byPhase')}
        bars={bars.map(({ phase, bytes: needed, share, over }) => ({
          ...{ key: phase, label: t(`terms:phases.${phase}`), value: bytes(needed) },
          ...{ share, over, colour: over ? '--wont' : phaseColours[phase] },
        }))}
        line={line}
      />
    </div>
  );
}

function Why({ reasons }: { reasons: readonly PlanReason[] }) {
  const { t } = useTranslation('plan');
  useFigures();
  const told = reasons.filter(({ kind }) => kind !== 'processor');
  if (told.length === 0) return null;
  return (
    <Collapsible.Root>
      <Collapsible.Trigger className={styles.fold}>
        <span>{t('why')}</span>
        <ChevronDown size={14} className={styles.chevron} aria-hidden />
      </Collapsible.Trigger>
      <Collapsible.Content>
        <ul className={styles.reasons}>
          {told.map((reason) => (
            <li key={reason.kind}>{reasonWords(reason)}</li>
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
    action: { label: words('terms:undo'), run: () => changeDraft({ width, height, frames, memoryLimit }) },
  });
}
