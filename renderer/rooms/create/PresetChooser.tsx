import { Bookmark, BookmarkPlus, RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { useStudio } from '../../app/store.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Select } from '../../ui/Select.tsx';
import { remember, takeOver } from '../presets/actions.ts';
import { chosenWith, isAsChosen } from '../presets/apply.ts';
import { savePreset } from '../presets/dialogs.ts';
import { sourceOfDraft } from '../presets/documentOf.ts';
import { presetLine, presetName } from '../presets/presetWords.ts';
import styles from './PresetChooser.module.css';

/** The presets of the chosen model, and whether Create still has the settings of the one that was chosen last. */
export function PresetChooser({ draft }: { draft: Draft }) {
  const { t } = useTranslation('create');
  const models = useStudio((state) => state.models);
  const all = useStudio((state) => state.presets);
  const last = useStudio((state) => state.settings.preset);
  const lastDone = useStudio((state) => state.lastDone);
  const presets = all.filter(({ document }) => [document.model, ...document.alternatives].includes(draft.model));
  const asChosen = (preset: Preset) => isAsChosen(draft, preset.document, models);
  const remembered = presets.find(({ id }) => id === last);
  const shown = remembered ?? presets.find(asChosen);
  const changed = shown !== undefined && !asChosen(shown);
  const choose = (preset: Preset) => {
    takeOver(preset.document, chosenWith(preset.document, draft), presetName(preset));
    remember(preset.id);
  };
  const save = () => savePreset(sourceOfDraft(draft, lastDone?.model === draft.model ? lastDone.id : null));
  return (
    <Select
      label={t('preset.label')}
      icon={Bookmark}
      placeholder={t('preset.own')}
      value={shown?.id ?? null}
      aside={
        <span className={styles.aside}>
          {changed && (
            <>
              <span className={styles.changed}>{t('preset.changed')}</span>
              <IconButton
                size="small"
                label={t('preset.reset', { preset: presetName(shown) })}
                icon={RotateCcw}
                onClick={() => choose(shown)}
              />
            </>
          )}
          <IconButton size="small" label={t('preset.save')} icon={BookmarkPlus} onClick={save} />
        </span>
      }
      options={presets.map((preset) => ({
        value: preset.id,
        label: presetName(preset),
        detail: t('preset.steps', { count: preset.document.steps }),
        note: presetLine(preset) || undefined,
      }))}
      onChange={(id) => {
        const preset = presets.find((each) => each.id === id);
        if (preset) choose(preset);
      }}
    />
  );
}
