import { Copy, Pencil, Share2, Trash2, TriangleAlert, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../contract/plan.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { parseTemplate } from '../../../contract/template.ts';
import { visible } from '../../../contract/visible.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { useDraft } from '../create/draft.ts';
import { duplicate, remember, remove, takeOver } from './actions.ts';
import { modelFor } from './apply.ts';
import { CompareFields } from './CompareFields.tsx';
import { editPreset, sharePreset } from './dialogs.ts';
import { Facts } from './Facts.tsx';
import { pictureOf } from './PresetCard.tsx';
import styles from './PresetDetail.module.css';
import { nameOfModel, presetLine, presetName } from './presetWords.ts';
import { Thumbnail } from './Thumbnail.tsx';
import { VerdictFigures, VerdictMark } from './Verdict.tsx';

function Origin({ preset }: { preset: Preset }) {
  const { t } = useTranslation('presets');
  const { author } = preset.document;
  const words = { golden: t('goldenBy'), own: t('own'), received: t('receivedFrom') };
  return (
    <span className={styles.origin}>
      <Badge>{words[preset.origin]}</Badge>
      {author !== '' && preset.origin !== 'golden' && <span dir="auto">{t('by', { author: visible(author) })}</span>}
    </span>
  );
}

/** Which of the models that are here it would go to, when the one that it was made for is not. */
export function ModelNeed({ document }: { document: PresetDocument }) {
  const { t } = useTranslation('presets');
  const models = useStudio((state) => state.models);
  const found = modelFor(document, models);
  if (found?.id === document.model) return null;
  const model = nameOfModel(document.model);
  return (
    <p className={styles.need}>
      <TriangleAlert size={16} aria-hidden />
      {found ? t('alternative', { model, other: found.name }) : t('missingText', { model })}
    </p>
  );
}

/** Everything about one preset, and what it would change in Create. */
export function PresetDetail({ preset, verdict }: { preset: Preset; verdict: Verdict | null }) {
  const { t, i18n } = useTranslation('presets');
  const draft = useDraft((state) => state.draft);
  const { document, origin } = preset;
  const name = presetName(preset);
  const template = parseTemplate(document.prompt);
  const slots = template.kind === 'template' ? template.template.slots : [];
  const translated = origin === 'golden' && i18n.language !== 'en';
  const close = () => show('presets');
  const place = useRef<HTMLDivElement>(null);
  // In a narrow window it stands below the cards.
  useEffect(() => void place.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div className={styles.detail} ref={place}>
      <header className={styles.head}>
        <h2 className={styles.name} dir="auto">
          {name}
        </h2>
        <IconButton label={t('close')} icon={X} size="small" onClick={close} />
      </header>
      <div className={styles.picture}>
        <Thumbnail source={pictureOf(preset)} words={document.name + document.model} />
      </div>
      <div className={styles.verdict}>
        {verdict && <VerdictMark verdict={verdict} />}
        <VerdictFigures verdict={verdict} />
        <Origin preset={preset} />
      </div>
      {translated && <p>{presetLine(preset)}</p>}
      {document.note !== '' && (
        <p className={translated ? styles.dim : styles.note} dir="auto">
          {visible(document.note)}
        </p>
      )}
      {slots.length > 0 && (
        <p className={styles.dim}>{t('slots', { slots: slots.map((slot) => `{${slot}}`).join(', ') })}</p>
      )}
      <ModelNeed document={document} />
      <div className={styles.actions}>
        <Button size="small" icon={Share2} onClick={() => sharePreset(preset)}>
          {t('shareShort')}
        </Button>
        {origin !== 'golden' && (
          <Button size="small" icon={Pencil} onClick={() => editPreset(preset)}>
            {t('edit')}
          </Button>
        )}
        <Button size="small" icon={Copy} onClick={() => void duplicate(preset)}>
          {t('duplicate')}
        </Button>
        {origin !== 'golden' && (
          <Button size="small" icon={Trash2} onClick={() => void remove(preset).then((gone) => gone && close())}>
            {t('delete')}
          </Button>
        )}
      </div>
      {draft && (
        <section className={styles.part}>
          <h3>{t('compare.title')}</h3>
          <CompareFields
            document={document}
            draft={draft}
            onUse={(fields, all) => {
              takeOver(document, fields, name);
              if (all) remember(preset.id);
            }}
          />
        </section>
      )}
      <section className={styles.part}>
        <h3>{t('facts.title')}</h3>
        <Facts document={document} />
      </section>
    </div>
  );
}
