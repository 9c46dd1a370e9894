import { useTranslation } from 'react-i18next';
import type { PresetDocument } from '../../../contract/preset.ts';
import { visible } from '../../../contract/visible.ts';
import { Badge } from '../../ui/Badge.tsx';
import { type PresetField, saidBy } from './apply.ts';
import styles from './Facts.module.css';
import { asSettings, fieldText, nameOfModel } from './presetWords.ts';

/** Every field of a document, with whatever could hide in it written out. */
export function Facts({
  document,
  fields = saidBy(document),
}: {
  document: PresetDocument;
  fields?: readonly PresetField[];
}) {
  const { t } = useTranslation('presets');
  const settings = asSettings(document);
  const { tags, alternatives, loras } = document;
  return (
    <dl className={styles.facts}>
      {fields.map((field) => (
        <div key={field} className={styles.row}>
          <dt>{t(`fields.${field}`)}</dt>
          <dd dir="auto">{fieldText(field, settings)}</dd>
        </div>
      ))}
      {alternatives.length > 0 && (
        <div className={styles.row}>
          <dt>{t('facts.alternatives')}</dt>
          <dd>{alternatives.map(nameOfModel).join(', ')}</dd>
        </div>
      )}
      {loras.length > 0 && (
        <div className={styles.row}>
          <dt>{t('facts.loras')}</dt>
          <dd>
            {loras.map((lora, at) => (
              <span key={at} className={styles.lora} dir="auto" title={lora.sha256}>
                {visible(lora.name) || lora.sha256.slice(0, 12)} × {lora.weight}
              </span>
            ))}
            <span>{t('adapters.unused')}</span>
          </dd>
        </div>
      )}
      {tags.length > 0 && (
        <div className={styles.row}>
          <dt>{t('facts.tags')}</dt>
          <dd className={styles.tags}>
            {[...new Set(tags)].map((tag) => (
              <Badge key={tag}>{visible(tag)}</Badge>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}
