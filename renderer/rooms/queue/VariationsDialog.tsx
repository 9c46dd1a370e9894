import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { addDrafts, repeat } from './actions.ts';
import styles from './VariationsDialog.module.css';
import {
  draftsOf,
  eachSide,
  type Spread,
  type Variation,
  type Varied,
  type VariedNumber,
  variationsOf,
  variedNumbers,
} from './variations.ts';

const most = 1000;
const shown = 6;
const usual: Record<VariedNumber, Spread> = { guidance: { step: 1, each: 2 }, steps: { step: 4, each: 1 } };
const stepRange: Record<VariedNumber, { min: number; max: number; step: number }> = {
  guidance: { min: 0.25, max: 10, step: 0.25 },
  steps: { min: 1, max: 100, step: 1 },
};

/** More of a clip: with other seeds, or with its own seed and other settings, so that like is compared with like. */
export function VariationsDialog({ open, draft, onClose }: { open: boolean; draft: Draft; onClose: () => void }) {
  const { t } = useTranslation(['queue', 'terms']);
  const { number } = useFigures();
  const { seed } = draft;
  const [kind, setKind] = useState<'seeds' | 'settings'>('seeds');
  const [count, setCount] = useState(4);
  const [varied, setVaried] = useState<Varied>({ guidance: usual.guidance, steps: null, scheduler: false });
  const variations = variationsOf(draft, varied);
  const added = kind === 'seeds' ? count : variations.length;
  const add = () => {
    onClose();
    if (kind === 'seeds') void repeat(draft, count);
    else if (seed !== null) void addDrafts(draftsOf(draft, seed, variations));
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(now) => !now && onClose()}
      title={t('repeat.title')}
      description={t('repeat.text', { prompt: draft.prompt })}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('terms:cancel')}
          </Button>
          <Button variant="primary" disabled={added === 0} onClick={add}>
            {t('repeat.add', { count: added, number: number(added) })}
          </Button>
        </>
      }
    >
      <div className={styles.fields}>
        {seed !== null && (
          <Segmented
            label={t('repeat.what')}
            value={kind}
            options={(['seeds', 'settings'] as const).map((value) => ({ value, label: t(`repeat.${value}`) }))}
            onChange={setKind}
          />
        )}
        {kind === 'seeds' ? (
          <NumberInput label={t('repeat.count')} value={count} min={1} max={most} onChange={setCount} />
        ) : (
          <>
            {variedNumbers.map((key) => (
              <SpreadFields
                key={key}
                name={key}
                spread={varied[key]}
                onChange={(spread) => setVaried({ ...varied, [key]: spread })}
              />
            ))}
            <Checkbox checked={varied.scheduler} onChange={(scheduler) => setVaried({ ...varied, scheduler })}>
              {t('repeat.scheduler')}
            </Checkbox>
            <Preview variations={variations} seed={seed ?? 0} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function SpreadFields({
  name,
  spread,
  onChange,
}: {
  name: VariedNumber;
  spread: Spread | null;
  onChange: (spread: Spread | null) => void;
}) {
  const { t } = useTranslation('queue');
  return (
    <div className={styles.spread}>
      <Checkbox checked={spread !== null} onChange={(on) => onChange(on ? usual[name] : null)}>
        {t(`repeat.${name}`)}
      </Checkbox>
      {spread !== null && (
        <div className={styles.pair}>
          <NumberInput
            label={t('repeat.apart')}
            value={spread.step}
            {...stepRange[name]}
            onChange={(step) => onChange({ ...spread, step })}
          />
          <NumberInput
            label={t('repeat.each')}
            value={spread.each}
            {...eachSide}
            onChange={(each) => onChange({ ...spread, each })}
          />
        </div>
      )}
    </div>
  );
}

/** How many there would be, and which. */
function Preview({ variations, seed }: { variations: readonly Variation[]; seed: number }) {
  const { t } = useTranslation('queue');
  const { number } = useFigures();
  const { length } = variations;
  return (
    <div className={styles.preview}>
      <p role="status">
        {length === 0 ? t('repeat.none') : t('repeat.which', { count: length, number: number(length), seed })}
      </p>
      <ol>
        {variations.slice(0, shown).map(({ guidance, steps, scheduler }) => (
          <li key={`${guidance} ${steps} ${scheduler}`}>
            {[
              t('repeat.ofGuidance', { guidance: number(guidance, 2) }),
              t('steps', { count: steps }),
              scheduler.toUpperCase(),
            ].join(' · ')}
          </li>
        ))}
        {length > shown && <li>{t('file.more', { number: number(length - shown) })}</li>}
      </ol>
    </div>
  );
}
