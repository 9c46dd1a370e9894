import { Bookmark, BookmarkPlus, Inbox, Plus, SearchX } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preset } from '../../../contract/storedPreset.ts';
import { visible } from '../../../contract/visible.ts';
import { show, useRoom } from '../../app/navigation.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { SearchInput } from '../../ui/SearchInput.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { useDraft } from '../create/draft.ts';
import { remove } from './actions.ts';
import { isAsChosen } from './apply.ts';
import { savePreset } from './dialogs.ts';
import { sourceOfDraft } from './documentOf.ts';
import { PresetCard } from './PresetCard.tsx';
import { PresetDetail } from './PresetDetail.tsx';
import styles from './PresetsRoom.module.css';
import { nameOfModel, presetLine, presetName } from './presetWords.ts';
import { receivable, takeFile, takeText } from './receiving.ts';
import { everything, type Filter, modelsOf, shownPresets, tagsOf } from './shown.ts';
import { useVerdicts } from './useVerdicts.ts';

const any = '*';

/** What is shown stays as it was left, for as long as the page lives. */
let left: Filter = everything;

/** Text that is pasted where nothing is written is something that came in. */
function usePaste(): void {
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const { target, clipboardData } = event;
      if (target instanceof HTMLElement && target.closest('input, textarea, [role="dialog"]')) return;
      const [file] = clipboardData?.files ?? [];
      const text = clipboardData?.getData('text/plain') ?? '';
      if (!file && text.trim() === '') return;
      event.preventDefault();
      void (file ? takeFile(file) : takeText(text));
    };
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  }, []);
}

/** Escape closes the preset that is open, Delete takes it away. */
function useOpenKeys(open: Preset | null): void {
  useEffect(() => {
    if (open === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]'))
        return;
      if (event.target instanceof HTMLElement && event.target.closest('input, textarea, [role="combobox"]')) return;
      if (event.key === 'Escape') show('presets');
      if (event.key === 'Delete' && open.origin !== 'golden') void remove(open).then((gone) => gone && show('presets'));
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [open]);
}

function Import() {
  const { t } = useTranslation('presets');
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon={Plus} onClick={() => input.current?.click()}>
        {t('import')}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept={receivable}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) void takeFile(file);
          event.target.value = '';
        }}
      />
    </>
  );
}

function SaveCurrent() {
  const { t } = useTranslation('presets');
  const draft = useDraft((state) => state.draft);
  const last = useStudio((state) => state.lastDone);
  if (!draft) return null;
  const clip = last?.model === draft.model ? last.id : null;
  return (
    <Button variant="primary" icon={BookmarkPlus} onClick={() => savePreset(sourceOfDraft(draft, clip))}>
      {t('saveCurrent')}
    </Button>
  );
}

function Nothing({ filter, showAll }: { filter: Filter; showAll: () => void }) {
  const { t } = useTranslation('presets');
  const narrowed = filter.search !== '' || filter.tag !== null || filter.model !== null;
  const action = <Button onClick={showAll}>{t('empty.action')}</Button>;
  if (!narrowed && filter.origin === 'own')
    return <EmptyState icon={Bookmark} title={t('empty.ownTitle')} text={t('empty.ownText')} action={action} />;
  if (!narrowed && filter.origin === 'received')
    return <EmptyState icon={Inbox} title={t('empty.receivedTitle')} text={t('empty.receivedText')} action={action} />;
  return <EmptyState icon={SearchX} title={t('empty.title')} text={t('empty.text')} action={action} />;
}

export function PresetsRoom() {
  const { t, i18n } = useTranslation('presets');
  const { id } = useRoom();
  const presets = useStudio((state) => state.presets);
  const models = useStudio((state) => state.models);
  const chosen = useStudio((state) => state.settings.preset);
  const draft = useDraft((state) => state.draft);
  const [filter, setFilter] = useState(left);
  const change = (part: Partial<Filter>) => {
    left = { ...filter, ...part };
    setFilter(left);
  };
  const open = presets.find((preset) => preset.id === id) ?? null;
  const used = presets.find((preset) => preset.id === chosen);
  const inUse = used && draft && isAsChosen(draft, used.document, models) ? used.id : null;
  const shown = useMemo(
    () => shownPresets(presets, filter, (preset) => `${presetName(preset)}\n${presetLine(preset)}`),
    [presets, filter, i18n.language],
  );
  const verdicts = useVerdicts(presets);
  usePaste();
  useOpenKeys(open);

  return (
    <Room
      label={t('title')}
      inspectorLabel={open ? presetName(open) : t('title')}
      inspector={open && <PresetDetail key={open.id} preset={open} verdict={verdicts.get(open.id) ?? null} />}
    >
      <header className={styles.toolbar}>
        <div className={styles.top}>
          <h1>{t('title')}</h1>
          <div className={styles.search}>
            <SearchInput
              label={t('search')}
              value={filter.search}
              maxLength={200}
              onChange={(search) => change({ search })}
            />
          </div>
          <Import />
          <SaveCurrent />
        </div>
        <div className={styles.filters}>
          <Segmented<Filter['origin']>
            label={t('view.label')}
            value={filter.origin}
            options={(['all', 'golden', 'own', 'received'] as const).map((value) => ({
              value,
              label: t(`view.${value}`),
            }))}
            onChange={(origin) => change({ origin })}
          />
          <div className={styles.select}>
            <Select
              label={t('model.label')}
              hideLabel
              value={filter.model ?? any}
              options={[
                { value: any, label: t('model.any') },
                ...modelsOf(presets).map((model) => ({ value: model, label: nameOfModel(model) })),
              ]}
              onChange={(model) => change({ model: model === any ? null : model })}
            />
          </div>
          <div className={styles.select}>
            <Select
              label={t('tag.label')}
              hideLabel
              value={filter.tag ?? any}
              options={[
                { value: any, label: t('tag.any') },
                ...tagsOf(presets).map((tag) => ({ value: tag, label: visible(tag) })),
              ]}
              onChange={(tag) => change({ tag: tag === any ? null : tag })}
            />
          </div>
          <p className={styles.hint}>{t('dropHint')}</p>
        </div>
        <p className="visually-hidden" role="status">
          {filter.search !== '' && t('found', { count: shown.length })}
        </p>
      </header>
      {shown.length === 0 ? (
        <Nothing filter={filter} showAll={() => change(everything)} />
      ) : (
        <ul className={styles.grid} aria-label={t('list')}>
          {shown.map((preset) => (
            <PresetCard
              key={preset.id}
              preset={preset}
              open={preset.id === id}
              used={preset.id === inUse}
              verdict={verdicts.get(preset.id) ?? null}
            />
          ))}
        </ul>
      )}
    </Room>
  );
}
