import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { applied, differing, type PresetField, saidBy } from './apply.ts';
import styles from './CompareFields.module.css';
import { fieldText } from './presetWords.ts';

/** What would be another in Create, field by field, to be taken over as a whole or in parts. */
export function CompareFields({
  document,
  draft,
  onUse,
}: {
  document: PresetDocument;
  draft: Draft;
  onUse: (fields: readonly PresetField[], all: boolean) => void;
}) {
  const { t } = useTranslation('presets');
  const models = useStudio((state) => state.models);
  const [left, setLeft] = useState<ReadonlySet<PresetField>>(new Set());
  const all = saidBy(document);
  const next = applied(draft, document, all, models);
  const different = differing(draft, next).filter((field) => all.includes(field));
  const chosen = different.filter((field) => !left.has(field));
  if (different.length === 0) return <p className={styles.same}>{t('compare.same')}</p>;
  const toggle = (field: PresetField, taken: boolean) => {
    const others = [...left].filter((each) => each !== field);
    setLeft(new Set(taken ? others : [...others, field]));
  };
  const whole = chosen.length === different.length;
  return (
    <div className={styles.compare}>
      <ul className={styles.rows}>
        {different.map((field) => (
          <li key={field}>
            <Checkbox checked={!left.has(field)} onChange={(taken) => toggle(field, taken)}>
              <span className={styles.field}>{t(`fields.${field}`)}</span>
              <span className={styles.change}>
                <span className="visually-hidden">
                  {t('compare.becomes', { now: fieldText(field, draft), next: fieldText(field, next) })}
                </span>
                <span className={styles.now} dir="auto" aria-hidden>
                  {fieldText(field, draft)}
                </span>
                <ArrowRight size={12} aria-hidden />
                <span className={styles.then} dir="auto" aria-hidden>
                  {fieldText(field, next)}
                </span>
              </span>
            </Checkbox>
          </li>
        ))}
      </ul>
      <p className={styles.note}>{t('compare.note')}</p>
      <Button variant="primary" disabled={chosen.length === 0} onClick={() => onUse(whole ? all : chosen, whole)}>
        {whole
          ? t('compare.all')
          : chosen.length === 0
            ? t('compare.none')
            : t('compare.chosen', { count: chosen.length })}
      </Button>
    </div>
  );
}
