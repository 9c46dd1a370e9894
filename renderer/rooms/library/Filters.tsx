import { X } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type ClipQuery, clipLengths, clipShapes, rating } from '../../../contract/clip.ts';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import styles from './Filters.module.css';
import { cleared, dayOf, endOfDay, type Filter, setFilters, startOfDay } from './filters.ts';
import { useKnown } from './useCollections.ts';
import { library, useLibrary } from './useLibrary.ts';

const any = 'any';

/** What is to be left out. */
export function Filters() {
  const { t } = useTranslation('library');
  const query = useLibrary((state) => state.query);
  const models = useKnown((state) => state.models);
  const modelName = useModelName();
  const stars = Array.from({ length: rating.max }, (_, at) => at + 1);
  return (
    <section className={styles.panel} aria-label={t('filter.label')}>
      <Select
        label={t('filter.stars')}
        value={String(query.stars)}
        options={[
          { value: '0', label: t('filter.any') },
          ...stars.map((count) => ({ value: String(count), label: t('filter.atLeast', { count }) })),
        ]}
        onChange={(next) => library.ask({ stars: Number(next) })}
      />
      <Select
        label={t('filter.model')}
        value={query.model ?? any}
        options={[
          { value: any, label: t('filter.any') },
          ...models.filter((id) => id !== '').map((id) => ({ value: id, label: modelName(id) })),
        ]}
        onChange={(next) => library.ask({ model: next === any ? null : next })}
      />
      <Select
        label={t('filter.shape')}
        value={query.shape ?? any}
        options={[
          { value: any, label: t('filter.any') },
          ...clipShapes.map((shape) => ({ value: shape, label: t(`filter.shapes.${shape}`) })),
        ]}
        onChange={(next) => library.ask({ shape: next === any ? null : next })}
      />
      <Select
        label={t('filter.length')}
        value={query.length ?? any}
        options={[
          { value: any, label: t('filter.any') },
          ...clipLengths.map((length) => ({ value: length, label: t(`filter.lengths.${length}`) })),
        ]}
        onChange={(next) => library.ask({ length: next === any ? null : next })}
      />
      <TextInput
        type="date"
        label={t('filter.since')}
        value={query.since === null ? '' : dayOf(query.since)}
        onChange={(text) => library.ask({ since: startOfDay(text) })}
      />
      <TextInput
        type="date"
        label={t('filter.before')}
        value={query.before === null ? '' : dayOf(query.before - 1)}
        onChange={(text) => {
          const start = startOfDay(text);
          library.ask({ before: start === null ? null : endOfDay(start) });
        }}
      />
      <div className={styles.switch}>
        <Switch
          label={t('filter.fromPicture')}
          checked={query.fromPicture}
          onChange={(fromPicture) => library.ask({ fromPicture })}
        />
      </div>
    </section>
  );
}

/** The filters that are set; each is taken off by a press. */
export function Chips() {
  const { t } = useTranslation('library');
  const query = useLibrary((state) => state.query);
  const text = useChipText(query);
  const set = setFilters(query).filter((filter) => filter !== 'collection');
  if (set.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={t('filter.set')}>
      {set.map((filter) => (
        <li key={filter}>
          <button
            type="button"
            className={styles.chip}
            aria-label={t('filter.takeOff', { filter: text(filter) })}
            onClick={() => library.ask(cleared([filter]))}
          >
            {text(filter)}
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
      {set.length > 1 && (
        <li>
          <Button size="small" variant="quiet" onClick={() => library.ask(cleared(set))}>
            {t('filter.takeOffAll')}
          </Button>
        </li>
      )}
    </ul>
  );
}

function useChipText(query: ClipQuery): (filter: Filter) => string {
  const { t } = useTranslation('library');
  const day = useDays();
  const modelName = useModelName();
  return (filter) => {
    if (filter === 'stars') return t('filter.atLeast', { count: query.stars });
    if (filter === 'model') return modelName(query.model ?? '');
    if (filter === 'shape' && query.shape) return t(`filter.shapes.${query.shape}`);
    if (filter === 'length' && query.length) return t(`filter.lengths.${query.length}`);
    if (filter === 'since') return t('filter.from', { day: day(query.since ?? 0) });
    if (filter === 'before') return t('filter.to', { day: day((query.before ?? 0) - 1) });
    return t('filter.fromPicture');
  };
}

function useDays(): (moment: number) => string {
  const { i18n } = useTranslation();
  const format = useMemo(() => new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium' }), [i18n.language]);
  return (moment) => format.format(moment);
}

function useModelName(): (id: string) => string {
  const models = useStudio((state) => state.models);
  return (id) => models.find((model) => model.id === id)?.name ?? id.split(/[\\/]/).at(-1) ?? id;
}
