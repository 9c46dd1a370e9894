import type { z } from 'zod';
import { ClipRecord, clipFormat, clipVersion } from '../../../contract/clipRecord.ts';
import { PresetDocument, presetFormat, presetLimits, presetVersion } from '../../../contract/preset.ts';
import { type JsonBounds, readJson } from './json.ts';
import { fromOldClip, OldClip } from './record.ts';
import { limitTo, Unreadable } from './unreadable.ts';
import { webpSize } from './webp.ts';

/** What a clip or a picture can carry: a preset alone, or the record of the clip that it is or shows. */
export type Carried = { kind: 'preset'; document: PresetDocument } | { kind: 'clip'; record: ClipRecord };

/** Takes a document from the version that is its place in the chain to the next one. */
export type Migration = (document: Record<string, unknown>) => Record<string, unknown>;

/** One of each, by the version they start from. There is none before 1. */
const presetMigrations: ReadonlyMap<number, Migration> = new Map();
const clipMigrations: ReadonlyMap<number, Migration> = new Map();

const bounds: JsonBounds = { depth: 6, values: 800, text: presetLimits.thumbnail + 2 };

/** @throws {Unreadable} */
export function readCarried(text: string): Carried {
  limitTo('bytes', text.length, presetLimits.bytes);
  return carriedIn(readJson(text, bounds));
}

/** @throws {Unreadable} */
export function carriedIn(value: unknown): Carried {
  if (!isObject(value)) throw new Unreadable({ problem: 'unknown' });
  if (value['format'] === presetFormat) return { kind: 'preset', document: presetIn(value) };
  if (value['format'] === clipFormat) return { kind: 'clip', record: clipIn(value) };
  // Clips of the first Reelwright.
  if (value['reelwright'] === 1)
    return { kind: 'clip', record: parsed(ClipRecord, fromOldClip(parsed(OldClip, value))) };
  throw new Unreadable({ problem: 'unknown' });
}

/** @throws {Unreadable} when it is none, or one of a later version. */
export function presetIn(value: Record<string, unknown>, migrations = presetMigrations): PresetDocument {
  const document = parsed(PresetDocument, migrated(bare(value), presetVersion, migrations));
  if (document.thumbnail !== null && !isSmallPicture(document.thumbnail)) {
    throw new Unreadable({ problem: 'field', field: 'thumbnail', fault: 'invalid' });
  }
  return document;
}

const clipIn = (value: Record<string, unknown>): ClipRecord =>
  parsed(ClipRecord, migrated(value, clipVersion, clipMigrations));

/** Where there is no room for a thumbnail it is not written at all. */
const bare = (value: Record<string, unknown>) => ('thumbnail' in value ? value : { ...value, thumbnail: null });

/** Brings a document of an older version up to this one, step by step. */
export function migrated(
  value: Record<string, unknown>,
  current: number,
  migrations: ReadonlyMap<number, Migration>,
): Record<string, unknown> {
  const { version, needs } = value;
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) {
    throw new Unreadable({ problem: 'field', field: 'version', fault: version === undefined ? 'missing' : 'invalid' });
  }
  if (version > current) {
    const told = typeof needs === 'string' && /^\d{1,4}(\.\d{1,4}){0,2}$/.test(needs);
    throw new Unreadable({ problem: 'newer', needs: told ? needs : null });
  }
  let document = value;
  for (let from = version; from < current; from += 1) {
    const step = migrations.get(from);
    if (step === undefined) throw new Unreadable({ problem: 'field', field: 'version', fault: 'invalid' });
    document = step(document);
  }
  return document;
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Unreadable(fieldProblem(result.error, value));
}

/** The first thing that is wrong, by the name of its field. */
function fieldProblem(error: z.ZodError, value: unknown): Unreadable['problem'] {
  const issue = error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])];
  const field = path.map(String).join('.').slice(0, 120);
  if (unknown !== undefined) return { problem: 'field', field, fault: 'unknown' };
  const there = path.reduce<unknown>(
    (inside, name) => (isObject(inside) || Array.isArray(inside) ? Reflect.get(inside, name) : undefined),
    value,
  );
  return { problem: 'field', field, fault: there === undefined ? 'missing' : 'invalid' };
}

function isSmallPicture(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  const size = webpSize(bytes);
  // Written in any other way it could carry something besides.
  return (
    bytes.toString('base64') === base64 &&
    size !== null &&
    Math.max(size.width, size.height) <= presetLimits.thumbnailSide
  );
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
