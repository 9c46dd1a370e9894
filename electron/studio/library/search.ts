import type { ClipLength, ClipQuery, ClipShape } from '../../../contract/clip.ts';

/** Words are compared in any case and any way of writing the same characters. What nobody types parts them. */
export const searchable = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ');

export const wordsOf = (search: string): string[] => [...new Set(searchable(search).split(/\s+/).filter(Boolean))];

export const shapeOf = (width: number, height: number): ClipShape =>
  width > height ? 'landscape' : width < height ? 'portrait' : 'square';

const lengths: Record<ClipLength, string> = {
  short: 'length <= 2',
  middle: 'length > 2 AND length <= 5',
  long: 'length > 5',
};

export interface NamedModel {
  id: string;
  name: string;
}

export interface Conditions {
  where: string;
  values: (string | number)[];
}

const inCollection = `id IN (SELECT clip FROM collected JOIN collections ON collections.id = collection
  WHERE collection = ? AND collections.deleted_at IS NULL)`;

/** The rows of `clips` that a question is about. `models` are those whose names may be searched for. */
export function conditionsOf(query: ClipQuery, models: readonly NamedModel[] = []): Conditions {
  const parts: Conditions[] = [
    { where: query.deleted ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL', values: [] },
    ...when(query.stars > 0, 'rating >= ?', query.stars),
    ...when(query.model !== null, 'model = ?', query.model),
    ...when(query.shape !== null, 'shape = ?', query.shape),
    ...(query.length === null ? [] : [{ where: lengths[query.length], values: [] }]),
    ...(query.fromPicture ? [{ where: 'from_picture = 1', values: [] }] : []),
    ...when(query.since !== null, 'created_at >= ?', query.since),
    ...when(query.before !== null, 'created_at < ?', query.before),
    ...when(query.collection !== null, inCollection, query.collection),
    ...wordConditions(wordsOf(query.search), models),
  ];
  return {
    where: `WHERE ${parts.map(({ where }) => where).join(' AND ')}`,
    values: parts.flatMap(({ values }) => values),
  };
}

const when = (holds: boolean, where: string, value: string | number | null): Conditions[] =>
  holds && value !== null ? [{ where, values: [value] }] : [];

/** The index knows three characters in a row: what is shorter is looked for in every clip's words. */
function wordConditions(words: readonly string[], models: readonly NamedModel[]): Conditions[] {
  const named = (word: string) => models.filter(({ name }) => searchable(name).includes(word)).map(({ id }) => id);
  const short = words.filter((word) => [...word].length < 3);
  // Those that may be a model's name are asked for one by one; the index answers the others together.
  const alone = words.filter((word) => !short.includes(word) && named(word).length > 0);
  const together = words.filter((word) => !short.includes(word) && !alone.includes(word));
  return [
    ...(together.length > 0 ? [indexed(together)] : []),
    ...alone.map((word) => orNamed(indexed([word]), named(word))),
    ...short.map((word) => orNamed({ where: 'instr(words, ?) > 0', values: [word] }, named(word))),
  ];
}

const indexed = (words: readonly string[]): Conditions => ({
  where: 'rowid IN (SELECT rowid FROM clip_words WHERE clip_words MATCH ?)',
  values: [words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' AND ')],
});

function orNamed({ where, values }: Conditions, models: readonly string[]): Conditions {
  if (models.length === 0) return { where, values };
  return { where: `(${where} OR model IN (${models.map(() => '?').join(', ')}))`, values: [...values, ...models] };
}
