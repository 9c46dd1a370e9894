import type { TFunction } from 'i18next';
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
import { isRunning, type Job } from '../../../contract/job.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, MenuAt, type MenuItem } from '../../ui/Menu.tsx';
import { duplicate, takeSettings } from './actions.ts';
import { draftOfJob, lacksPicture } from './draftOf.ts';
import { editJob } from './editing.ts';
import { VariationsDialog } from './VariationsDialog.tsx';

/** Where a waiting job stands, and how it is put elsewhere. */
interface Standing {
  place: number;
  total: number;
  moveTo: (place: number) => void;
}

/** What else can be done with a job, everything by words. */
function itemsOf(
  t: TFunction<'queue'>,
  job: Job,
  { standing, onRemove, onVary }: { standing?: Standing; onRemove?: (() => void) | undefined; onVary: () => void },
): MenuItem[] {
  const moves = standing ? movesOf(standing) : [];
  // What starts from a picture that the studio does not have cannot be asked for again.
  const repeatable = !lacksPicture(draftOfJob(job), job.settings);
  return [
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
      run: () => void requestAnimationFrame(() => setTimeout(onVary)),
    },
    { label: t('useSettings'), icon: SlidersHorizontal, run: () => void takeSettings(job) },
    ...(onRemove && !isRunning(job.state) ? [{ label: t('remove'), icon: Trash2, danger: true, run: onRemove }] : []),
  ];
}

/** The menu of a job that has one of its own. */
export function JobMenu({ job, onRemove, tabIndex = 0 }: { job: Job; onRemove?: () => void; tabIndex?: number }) {
  const { t } = useTranslation('queue');
  const [varying, setVarying] = useState(false);
  // Its closing is seen, so it stays once it was opened.
  const [asked, setAsked] = useState(false);
  const onVary = () => {
    setAsked(true);
    setVarying(true);
  };
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
        items={itemsOf(t, job, { onRemove, onVary })}
      />
      {asked && <VariationsDialog open={varying} draft={draftOfJob(job)} onClose={() => setVarying(false)} />}
    </>
  );
}

/** One menu for all rows of a list: of the job whose control opened it. */
export function RowMenu({
  opened,
  standingOf,
  onRemove,
  onClose,
}: {
  opened: { job: Job; anchor: HTMLElement } | null;
  standingOf: (job: Job) => Standing;
  onRemove: (job: Job) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation('queue');
  const [varied, setVaried] = useState<Job | null>(null);
  const [varying, setVarying] = useState(false);
  const items = (job: Job) =>
    itemsOf(t, job, {
      standing: standingOf(job),
      onRemove: () => onRemove(job),
      onVary: () => {
        setVaried(job);
        setVarying(true);
      },
    });
  return (
    <>
      <MenuAt
        anchor={opened?.anchor ?? null}
        label={opened ? t('more', { prompt: opened.job.settings.prompt }) : ''}
        items={opened ? items(opened.job) : []}
        onClose={onClose}
      />
      {varied && <VariationsDialog open={varying} draft={draftOfJob(varied)} onClose={() => setVarying(false)} />}
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
