import {
  ArrowDown,
  ArrowDownToLine,
  ArrowUp,
  ArrowUpToLine,
  Copy,
  Dices,
  Ellipsis,
  Pencil,
  SlidersHorizontal,
  Trash2,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { isRunning } from '../../app/store.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, type MenuItem } from '../../ui/Menu.tsx';
import { duplicate, takeSettings } from './actions.ts';
import { draftOfJob, lacksPicture } from './draftOf.ts';
import { editJob } from './editing.ts';
import { VariationsDialog } from './VariationsDialog.tsx';

/** Where a waiting job stands, and how it is put elsewhere. */
export interface Standing {
  place: number;
  total: number;
  moveTo: (place: number) => void;
}

/** What else can be done with a job, everything by words. */
export function JobMenu({
  job,
  standing,
  onRemove,
  tabIndex = 0,
}: {
  job: Job;
  standing?: Standing;
  onRemove?: () => void;
  tabIndex?: number;
}) {
  const { t } = useTranslation('queue');
  const [repeating, setRepeating] = useState(false);
  // Its closing is seen, so it stays once it was opened.
  const [asked, setAsked] = useState(false);
  const moves = standing ? movesOf(standing) : [];
  const draft = draftOfJob(job);
  // What starts from a picture that the studio does not have cannot be asked for again.
  const repeatable = !lacksPicture(draft, job.settings);
  const items: MenuItem[] = [
    ...moves.map(({ word, icon, to, possible }) => ({
      label: t(word),
      icon,
      disabled: !possible,
      run: () => standing?.moveTo(to),
    })),
    ...(moves.length > 0 ? (['separator'] as const) : []),
    ...(standing ? [{ label: t('edit'), icon: Pencil, disabled: !repeatable, run: () => editJob(job) }] : []),
    { label: t('duplicate'), icon: Copy, disabled: !repeatable, run: () => void duplicate(job) },
    {
      label: t('repeat.menu'),
      icon: Dices,
      disabled: !repeatable,
      // A menu that closes gives the focus back first.
      run: () => {
        setAsked(true);
        requestAnimationFrame(() => setTimeout(() => setRepeating(true)));
      },
    },
    { label: t('useSettings'), icon: SlidersHorizontal, run: () => void takeSettings(job) },
    ...(onRemove && !isRunning(job) ? [{ label: t('remove'), icon: Trash2, danger: true, run: onRemove }] : []),
  ];
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={t('more', { prompt: job.settings.prompt })}
            icon={Ellipsis}
            tabIndex={tabIndex}
            data-part="more"
          />
        }
        items={items}
      />
      {asked && <VariationsDialog open={repeating} draft={draft} onClose={() => setRepeating(false)} />}
    </>
  );
}

const movesOf = ({ place, total }: Standing) =>
  [
    { word: 'toTop', icon: ArrowUpToLine, to: 0, possible: place > 0 },
    { word: 'up', icon: ArrowUp, to: place - 1, possible: place > 0 },
    { word: 'down', icon: ArrowDown, to: place + 1, possible: place < total - 1 },
    { word: 'toEnd', icon: ArrowDownToLine, to: total - 1, possible: place < total - 1 },
  ] as const;
