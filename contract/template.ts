import { limits } from './render.ts';

/**
 * Prompts that stand for several: `{red|blue}` is a list, `{subject}` a slot that is filled in by name, `__animal__` a
 * wildcard that is drawn from a list of the user's own by the clip's seed. A backslash takes the meaning from any of
 * these characters. Pure: the page counts and shows with it, the studio expands with it.
 */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'list'; alternatives: readonly (readonly Piece[])[] }
  | { kind: 'slot'; name: string }
  | { kind: 'wildcard'; name: string };

export interface Template {
  pieces: readonly Piece[];
  /** Names, each once, in the order in which they appear. */
  slots: readonly string[];
  wildcards: readonly string[];
}

export const templateProblems = ['unclosed', 'unopened', 'empty', 'slot-name', 'slot-in-list', 'too-deep'] as const;

/** Where it cannot be understood, as an index into the text. */
export interface TemplateProblem {
  kind: (typeof templateProblems)[number];
  at: number;
}

export type Parsed = { kind: 'template'; template: Template } | { kind: 'problem'; problem: TemplateProblem };

/** What slots and wildcards stand for, by name. */
export interface Values {
  slots: Readonly<Record<string, readonly string[]>>;
  wildcards: Readonly<Record<string, readonly string[]>>;
}

const deepest = 8;
const special = new Set(['\\', '{', '}', '|', '_']);
export const slotName = /^[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,39})$/u;
export const wildcardName = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]|_(?!_|$)){0,39}$/u;
const wildcardHere = /__([\p{L}\p{N}](?:[\p{L}\p{N}-]|_(?!_)){0,39})__/uy;

class Unreadable extends Error {
  readonly problem: TemplateProblem;
  constructor(problem: TemplateProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}

export function parseTemplate(text: string): Parsed {
  try {
    const pieces = new Reader(text).read();
    const found = [...everyPiece(pieces)];
    const names = (kind: 'slot' | 'wildcard') => [
      ...new Set(found.flatMap((piece) => (piece.kind === kind ? [piece.name] : []))),
    ];
    return { kind: 'template', template: { pieces, slots: names('slot'), wildcards: names('wildcard') } };
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'problem', problem: error.problem };
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Piece[] {
    const pieces = this.#sequence(0);
    if (this.#at < this.#text.length) throw new Unreadable({ kind: 'unopened', at: this.#at });
    return pieces;
  }

  /** Up to the end, or to what ends an alternative when `depth` says that this is one. */
  #sequence(depth: number): Piece[] {
    const pieces: Piece[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') pieces.push({ kind: 'text', text });
      text = '';
    };
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character === '}' || (character === '|' && depth > 0)) break;
      const wildcard = character === '_' ? this.#wildcard() : null;
      if (character === '{' || wildcard !== null) {
        flush();
        pieces.push(wildcard ?? this.#braces(depth));
        continue;
      }
      const next = this.#text[this.#at + 1];
      const escaped = character === '\\' && next !== undefined && special.has(next);
      text += escaped ? next : character;
      this.#at += escaped ? 2 : 1;
    }
    flush();
    return pieces;
  }

  #wildcard(): Piece | null {
    wildcardHere.lastIndex = this.#at;
    const [whole, name] = wildcardHere.exec(this.#text) ?? [];
    if (whole === undefined || name === undefined) return null;
    this.#at += whole.length;
    return { kind: 'wildcard', name };
  }

  #braces(depth: number): Piece {
    const begin = this.#at;
    if (depth === deepest) throw new Unreadable({ kind: 'too-deep', at: begin });
    const alternatives: Piece[][] = [];
    do {
      this.#at += 1;
      alternatives.push(trimmed(this.#sequence(depth + 1)));
    } while (this.#text[this.#at] === '|');
    if (this.#text[this.#at] !== '}') throw new Unreadable({ kind: 'unclosed', at: begin });
    this.#at += 1;
    if (alternatives.length > 1) return { kind: 'list', alternatives };
    const [only = []] = alternatives;
    const [piece] = only;
    if (piece === undefined) throw new Unreadable({ kind: 'empty', at: begin });
    if (only.length > 1 || piece.kind !== 'text' || !slotName.test(piece.text)) {
      throw new Unreadable({ kind: 'slot-name', at: begin });
    }
    // One value for the whole prompt: inside of a list it would count even where it is not chosen.
    if (depth > 0) throw new Unreadable({ kind: 'slot-in-list', at: begin });
    return { kind: 'slot', name: piece.text };
  }
}

/** Spaces beside `|` are for the eye. */
function trimmed(pieces: Piece[]): Piece[] {
  const last = pieces.length - 1;
  return pieces.flatMap((piece, at): Piece[] => {
    if (piece.kind !== 'text') return [piece];
    const head = at === 0 ? piece.text.trimStart() : piece.text;
    const text = at === last ? head.trimEnd() : head;
    return text === '' ? [] : [{ kind: 'text', text }];
  });
}

function* everyPiece(pieces: readonly Piece[]): Generator<Piece> {
  for (const piece of pieces) {
    yield piece;
    if (piece.kind === 'list') for (const each of piece.alternatives) yield* everyPiece(each);
  }
}

/** It stands for something else than its own text. */
export const isPlain = ({ pieces }: Template): boolean => pieces.every(({ kind }) => kind === 'text');

/** Text as a template that stands for just this text: as it is, where it does so already. */
export function asTemplate(text: string): string {
  const parsed = parseTemplate(text);
  if (parsed.kind === 'template' && plainText(parsed.template) === text) return text;
  return text.replace(/[\\{}|_]/g, '\\$&');
}

/** A prompt that was rendered, as a template for just this one; empty when that is longer than a prompt may be. */
export function asPromptTemplate(prompt: string): string {
  const template = asTemplate(prompt);
  return template.length <= limits.prompt ? template : '';
}

/** The text that it stands for, when that is only one whatever the values; else null. */
export const plainText = (template: Template): string | null =>
  isPlain(template) ? template.pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('') : null;

/** How many prompts it stands for, without making them. A slot without values counts as one. */
export const countOf = (template: Template, { slots }: Values): number =>
  template.slots.reduce(
    (product, name) => product * Math.max(1, slots[name]?.length ?? 0),
    countPieces(template.pieces),
  );

const countPieces = (pieces: readonly Piece[]): number =>
  pieces.reduce((product, piece) => product * countPiece(piece), 1);

function countPiece(piece: Piece): number {
  if (piece.kind !== 'list') return 1;
  return piece.alternatives.reduce((sum, each) => sum + countPieces(each), 0);
}

/** What has no value yet: slots to be filled in, wildcards that no list answers for. */
export function missingOf(template: Template, { slots, wildcards }: Values): { slots: string[]; wildcards: string[] } {
  const without = (names: readonly string[], values: Readonly<Record<string, readonly string[]>>) =>
    names.filter((name) => !Object.hasOwn(values, name) || values[name]?.length === 0);
  return { slots: without(template.slots, slots), wildcards: without(template.wildcards, wildcards) };
}

/** The prompt at one place of all combinations: what stands last changes fastest. What is missing stays as written. */
export function promptAt(template: Template, values: Values, index: number, seed: number): string {
  let rest = index;
  const take = (count: number): number => {
    const digit = rest % count;
    rest = Math.floor(rest / count);
    return digit;
  };
  const choices = new Map<Piece, number>();
  for (const piece of [...template.pieces].reverse())
    if (piece.kind === 'list') choices.set(piece, take(countPiece(piece)));
  const filled = new Map<string, string>();
  for (const name of [...template.slots].reverse()) {
    const given = (Object.hasOwn(values.slots, name) ? values.slots[name] : undefined) ?? [];
    filled.set(name, given[take(Math.max(1, given.length))] ?? `{${name}}`);
  }
  let drawn = 0;
  const write = (pieces: readonly Piece[], chosen: (piece: Piece) => number): string =>
    pieces
      .map((piece) => {
        if (piece.kind === 'text') return piece.text;
        if (piece.kind === 'slot') return filled.get(piece.name) ?? '';
        if (piece.kind === 'wildcard') {
          const list = (Object.hasOwn(values.wildcards, piece.name) ? values.wildcards[piece.name] : undefined) ?? [];
          return list[Math.floor(chance(seed, drawn++) * list.length)] ?? `__${piece.name}__`;
        }
        return writeChosen(piece.alternatives, chosen(piece));
      })
      .join('');
  const writeChosen = (alternatives: readonly (readonly Piece[])[], choice: number): string => {
    let left = choice;
    for (const each of alternatives) {
      const count = countPieces(each);
      if (left < count) return write(each, digitsOf(each, left));
      left -= count;
    }
    return '';
  };
  return write(template.pieces, (piece) => choices.get(piece) ?? 0).trim();
}

/** Which alternative each list of a sequence takes in its combination number `index`. */
function digitsOf(pieces: readonly Piece[], index: number): (piece: Piece) => number {
  let rest = index;
  const digits = new Map<Piece, number>();
  for (const piece of [...pieces].reverse()) {
    const count = countPiece(piece);
    digits.set(piece, rest % count);
    rest = Math.floor(rest / count);
  }
  return (piece) => digits.get(piece) ?? 0;
}

/** Its prompts one after the other, made as they are asked for. */
export function* expand(template: Template, values: Values, seed: number, limit: number): Generator<string> {
  const count = Math.min(limit, countOf(template, values));
  for (let index = 0; index < count; index += 1) yield promptAt(template, values, index, seed);
}

/** From 0 to 1 (exclusive), the same for the same seed and place wherever it is drawn: splitmix32. */
function chance(seed: number, place: number): number {
  let bits = (seed + Math.imul(place + 1, 0x9e3779b9)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
