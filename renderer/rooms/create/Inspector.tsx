import { ChevronDown, Dices, Lock, LockOpen, SlidersHorizontal } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import { limits, schedulers } from '../../../contract/render.ts';
import { useStudio } from '../../app/store.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { Select } from '../../ui/Select.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { changeDraft } from './draft.ts';
import { newSeed, withModel } from './drafting.ts';
import { useFollowed } from './followed.ts';
import styles from './Inspector.module.css';
import { MemoryLimit } from './MemoryLimit.tsx';
import { PresetChooser } from './PresetChooser.tsx';
import { ShapeFields } from './ShapeFields.tsx';
import { stepsRange } from './shape.ts';

function ModelSelect({ draft, models }: { draft: Draft; models: readonly Model[] }) {
  const { t } = useTranslation(['create', 'terms']);
  const chosen = models.find(({ id }) => id === draft.model);
  return (
    <Select
      label={t('model.label')}
      value={draft.model}
      hint={chosen && !chosen.verified ? t('model.unverified') : undefined}
      options={models.map(({ id, name, task, note }) => ({
        value: id,
        label: name,
        detail: t(`terms:tasks.${task}`),
        note,
      }))}
      onChange={(id) => {
        const model = models.find((each) => each.id === id);
        if (model) changeDraft((now) => withModel(now, model));
      }}
    />
  );
}

function Seed({ draft }: { draft: Draft }) {
  const { t } = useTranslation('create');
  const last = useStudio((state) => {
    const followed = useFollowed.getState().id;
    const job = state.jobs.find(({ id }) => id === followed) ?? state.lastDone;
    return job?.settings.seed ?? null;
  });
  const locked = draft.seed !== null;
  return (
    <NumberInput
      label={t('seed.label')}
      value={draft.seed}
      placeholder={t('seed.random')}
      min={limits.seed.min}
      max={limits.seed.max}
      steppers={false}
      onChange={(seed) => changeDraft({ seed })}
      actions={
        <>
          <IconButton
            size="small"
            label={t('seed.dice')}
            icon={Dices}
            onClick={() => changeDraft({ seed: newSeed() })}
          />
          <IconButton
            size="small"
            label={locked ? t('seed.free') : t('seed.keep')}
            icon={locked ? Lock : LockOpen}
            pressed={locked}
            onClick={() => changeDraft({ seed: locked ? null : (last ?? newSeed()) })}
          />
        </>
      }
    />
  );
}

function Advanced({ draft }: { draft: Draft }) {
  const { t } = useTranslation('create');
  return (
    <Collapsible.Root className={styles.advanced}>
      <Collapsible.Trigger className={styles.fold}>
        <SlidersHorizontal size={16} aria-hidden />
        <span>{t('advanced.label')}</span>
        <ChevronDown size={16} className={styles.chevron} aria-hidden />
      </Collapsible.Trigger>
      <Collapsible.Content className={styles.folded}>
        <div className={styles.pair}>
          <Select
            label={t('advanced.scheduler')}
            value={draft.scheduler}
            options={schedulers.map((scheduler) => ({
              value: scheduler,
              label: t(`advanced.${scheduler}`),
              note: t(`advanced.${scheduler}Note`),
            }))}
            onChange={(scheduler) => changeDraft({ scheduler })}
          />
          <NumberInput
            label={t('advanced.fps')}
            value={draft.fps}
            min={limits.fps.min}
            max={limits.fps.max}
            onChange={(fps) => changeDraft({ fps })}
          />
        </div>
        <MemoryLimit draft={draft} />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

/** What decides what the clip looks like, beside its words. */
export function Inspector({ draft, model }: { draft: Draft; model: Model }) {
  const { t } = useTranslation('create');
  const models = useStudio((state) => state.models);
  return (
    <div className={styles.fields}>
      <PresetChooser draft={draft} />
      <ModelSelect draft={draft} models={models} />
      <ShapeFields key={model.id} draft={draft} model={model} />
      <Slider
        label={t('quality')}
        value={draft.steps}
        valueText={t('preset.steps', { count: draft.steps })}
        {...stepsRange(model, draft.steps)}
        onChange={(steps) => changeDraft({ steps })}
      />
      <div className={styles.pair}>
        <NumberInput
          label={t('guidance.label')}
          value={draft.guidance}
          step={0.5}
          {...limits.guidance}
          onChange={(guidance) => changeDraft({ guidance })}
        />
        <Seed draft={draft} />
      </div>
      <Advanced draft={draft} />
    </div>
  );
}
