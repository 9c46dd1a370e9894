import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import { memoryLimits } from '../../../contract/render.ts';
import { useStudio } from '../../app/store.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { changeDraft } from './draft.ts';

const gib = 2 ** 30;

/** What this one clip may take of the card, or where there is none of the memory. */
export function MemoryLimit({ draft }: { draft: Draft }) {
  const { t } = useTranslation('create');
  const onProcessor = useStudio(({ engine }) => engine.kind === 'ready' && engine.device === 'cpu');
  const { memoryLimit } = draft;
  return (
    <NumberInput
      label={t('advanced.memory')}
      hint={t(onProcessor ? 'advanced.memoryHost' : 'advanced.memoryCard')}
      value={memoryLimit === undefined ? null : memoryLimit / gib}
      placeholder={t('advanced.memoryNone')}
      min={memoryLimits.min / gib}
      max={memoryLimits.max / gib}
      step={0.5}
      suffix="GB"
      onChange={(gigabytes) => changeDraft({ memoryLimit: gigabytes * gib })}
      actions={
        memoryLimit !== undefined && (
          <IconButton
            size="small"
            label={t('advanced.memoryClear')}
            icon={X}
            onClick={() => changeDraft({ memoryLimit: undefined })}
          />
        )
      }
    />
  );
}
