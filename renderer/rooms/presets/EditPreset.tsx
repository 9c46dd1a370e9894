import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { limits, schedulers } from '../../../contract/render.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextArea } from '../../ui/TextArea.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import { toast } from '../../ui/toast.tsx';
import { newSeed } from '../create/drafting.ts';
import { closeDialog } from './dialogs.ts';
import { tagsIn } from './documentOf.ts';
import { nameOfModel, presetName } from './presetWords.ts';
import styles from './SavePreset.module.css';

/** Keeps a change, with a way back to how it was. */
async function keep(preset: Preset, next: PresetDocument): Promise<boolean> {
  const { format: _f, version: _v, thumbnail: _t, ...change } = next;
  const changed = await told(client.presets.change({ id: preset.id, change }));
  if (changed === null) return false;
  const { format: _f2, version: _v2, thumbnail: _t2, ...before } = preset.document;
  toast({
    text: words('presets:change.changed', { name: presetName(changed) }),
    action: {
      label: words('terms:undo'),
      run: () => void told(client.presets.change({ id: preset.id, change: before })),
    },
  });
  return true;
}

function Numbers({ draft, set }: { draft: PresetDocument; set: (change: Partial<PresetDocument>) => void }) {
  const { t } = useTranslation(['presets', 'create']);
  const { seed } = draft;
  return (
    <>
      <div className={styles.pair}>
        <NumberInput
          label={t('create:shape.width')}
          value={draft.width}
          {...limits.side}
          onChange={(width) => set({ width })}
        />
        <NumberInput
          label={t('create:shape.height')}
          value={draft.height}
          {...limits.side}
          onChange={(height) => set({ height })}
        />
        <NumberInput
          label={t('fields.frames')}
          value={draft.frames}
          {...limits.frames}
          onChange={(frames) => set({ frames })}
        />
        <NumberInput label={t('fields.fps')} value={draft.fps} {...limits.fps} onChange={(fps) => set({ fps })} />
        <NumberInput
          label={t('fields.steps')}
          value={draft.steps}
          {...limits.steps}
          onChange={(steps) => set({ steps })}
        />
        <NumberInput
          label={t('fields.guidance')}
          value={draft.guidance}
          step={0.5}
          {...limits.guidance}
          onChange={(guidance) => set({ guidance })}
        />
        <Select
          label={t('fields.scheduler')}
          value={draft.scheduler}
          options={schedulers.map((value) => ({ value, label: t(`create:advanced.${value}`) }))}
          onChange={(scheduler) => set({ scheduler })}
        />
      </div>
      <Switch
        label={t('save.withSeed')}
        checked={seed.kind === 'fixed'}
        onChange={(fixed) => set({ seed: fixed ? { kind: 'fixed', value: newSeed() } : { kind: 'drawn' } })}
      />
      {seed.kind === 'fixed' && (
        <NumberInput
          label={t('fields.seed')}
          value={seed.value}
          steppers={false}
          {...limits.seed}
          onChange={(value) => set({ seed: { kind: 'fixed', value } })}
        />
      )}
    </>
  );
}

/** Everything of a preset of one's own, to be changed. */
export function EditPreset({ preset }: { preset: Preset }) {
  const { t } = useTranslation(['presets', 'terms']);
  const form = useId();
  const models = useStudio((state) => state.models);
  const [draft, setDraft] = useState(preset.document);
  const [tags, setTags] = useState(preset.document.tags.join(', '));
  const set = (change: Partial<PresetDocument>) => setDraft((now) => ({ ...now, ...change }));
  const choices = [...new Set([preset.document.model, ...models.map(({ id }) => id)])];
  const nameless = draft.name.trim() === '';

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!nameless && (await keep(preset, { ...draft, name: draft.name.trim(), tags: tagsIn(tags) }))) closeDialog();
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => open || closeDialog()}
      title={t('change.title')}
      footer={
        <>
          <Button variant="quiet" onClick={closeDialog}>
            {t('terms:cancel')}
          </Button>
          <Button variant="primary" type="submit" form={form}>
            {t('change.action')}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={(event) => void save(event)}>
        <TextInput
          label={t('save.name')}
          value={draft.name}
          autoFocus
          maxLength={presetLimits.name}
          error={nameless ? t('save.nameMissing') : undefined}
          onChange={(name) => set({ name })}
        />
        <TextArea
          label={t('save.note')}
          value={draft.note}
          maxLength={presetLimits.note}
          onChange={(note) => set({ note })}
        />
        <TextInput label={t('save.tags')} hint={t('save.tagsHint')} value={tags} onChange={setTags} />
        <TextInput
          label={t('save.author')}
          value={draft.author}
          maxLength={presetLimits.author}
          onChange={(author) => set({ author })}
        />
        <Select
          label={t('fields.model')}
          value={draft.model}
          options={choices.map((value) => ({ value, label: nameOfModel(value) }))}
          onChange={(model) => set({ model })}
        />
        <TextArea
          label={t('fields.prompt')}
          hint={t('save.withPromptHint')}
          value={draft.prompt}
          maxLength={limits.prompt}
          onChange={(prompt) => set({ prompt })}
        />
        <TextArea
          label={t('fields.negativePrompt')}
          value={draft.negativePrompt}
          maxLength={limits.prompt}
          onChange={(negativePrompt) => set({ negativePrompt })}
        />
        <Numbers draft={draft} set={set} />
      </form>
    </Dialog>
  );
}
