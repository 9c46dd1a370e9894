import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import { useFigures } from '../../i18n/index.ts';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { Select } from '../../ui/Select.tsx';
import { changeDraft } from './draft.ts';
import styles from './Inspector.module.css';
import { lengthsOf, sideRange, sizesOf } from './shape.ts';

const custom = 'custom';
const named = ({ width, height }: { width: number; height: number }) => `${width} × ${height}`;

/** Shape and length: only what the model can make is offered. */
export function ShapeFields({ draft, model }: { draft: Draft; model: Model }) {
  const { t } = useTranslation('create');
  const { seconds } = useFigures();
  const sizes = sizesOf(model);
  const listed = sizes.find(({ width, height }) => width === draft.width && height === draft.height);
  const [open, setOpen] = useState(false);
  const own = open || !listed;
  const range = sideRange(model);
  const lengths = lengthsOf(model);
  const frames = lengths.includes(draft.frames) ? lengths : [...lengths, draft.frames].sort((a, b) => a - b);

  return (
    <>
      <div className={styles.pair}>
        <Select
          label={t('shape.label')}
          value={own ? custom : named(draft)}
          options={[
            ...sizes.map((size) => ({ value: named(size), label: named(size), note: t(`shape.${size.kind}`) })),
            ...(model.shape.fixedSize && listed
              ? []
              : [{ value: custom, label: own ? named(draft) : t('shape.custom') }]),
          ]}
          onChange={(value) => {
            const size = sizes.find((each) => named(each) === value);
            setOpen(!size);
            if (size) changeDraft({ width: size.width, height: size.height });
          }}
        />
        <Select
          label={t('length.label')}
          value={String(draft.frames)}
          options={frames.map((count) => ({
            value: String(count),
            label: seconds(count / draft.fps),
            detail: t('length.frames', { count }),
          }))}
          onChange={(value) => changeDraft({ frames: Number(value) })}
        />
      </div>
      {own && (
        <div className={styles.pair}>
          {(['width', 'height'] as const).map((side) => (
            <NumberInput
              key={side}
              label={t(`shape.${side}`)}
              hint={side === 'width' ? t('shape.multiple', { multiple: range.step }) : undefined}
              value={draft[side]}
              {...range}
              onChange={(value) => changeDraft({ [side]: value })}
            />
          ))}
        </div>
      )}
    </>
  );
}
