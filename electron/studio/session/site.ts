import { basename } from 'node:path';
import { pictureLimits } from '../../../contract/draft.ts';
import { presetLimits } from '../../../contract/preset.ts';
import type { Refusal } from '../../../contract/refusal.ts';
import { sitePaths } from '../../../contract/site.ts';
import { receiveLimit } from '../../../contract/storedPreset.ts';
import { historySeconds } from '../../../contract/telemetry.ts';
import type { LibraryWork } from '../library/index.ts';
import { wrapped } from '../presets/index.ts';
import { Refused } from '../refused.ts';
import { withoutWords } from '../sharing/index.ts';
import { storageProblem } from '../storage/problem.ts';
import type { Studio } from '../studio.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { fileResponse } from './media.ts';

const forever = { 'Cache-Control': 'private, max-age=31536000, immutable' };
const fresh = { 'Cache-Control': 'no-store' };

const attachment = (file: string) => ({
  'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(basename(file))}`,
});

/** What lies beside the page under its own origin: media, pictures that come in, what is taken out. Null for the rest. */
export function createSite(
  studio: Studio,
  telemetry: Telemetry,
  work: LibraryWork,
): (request: Request) => Promise<Response | null> {
  const routes: readonly [RegExp, (id: string, request: Request, url: URL) => Promise<Response | null>][] = [
    [
      /^\/media\/clips\/([a-z0-9]{1,64})\.mp4$/,
      (id, request, url) => {
        const file = studio.library.fileOf(id);
        const type = /\.webm$/i.test(file) ? 'video/webm' : 'video/mp4';
        const headers = { 'Content-Type': type, ...fresh, ...(url.searchParams.has('download') && attachment(file)) };
        return fileResponse(file, request, headers);
      },
    ],
    [
      /^\/media\/exports\/([0-9a-f-]{36})$/,
      async (id, request) => {
        const file = work.download(id);
        const type = { 'Content-Type': 'application/octet-stream', ...fresh };
        return file === null ? null : fileResponse(file, request, { ...type, ...attachment(file) });
      },
    ],
    [
      /^\/media\/posters\/([a-z0-9]{1,64})\.webp$/,
      (id, request) => fileResponse(studio.library.posterOf(id), request, { 'Content-Type': 'image/webp', ...forever }),
    ],
    [
      /^\/media\/pictures\/([0-9a-f]{64})\.png$/,
      (id, request) => fileResponse(studio.pictures.fileOf(id), request, { 'Content-Type': 'image/png', ...forever }),
    ],
    [
      /^\/media\/presets\/([a-z0-9][a-z0-9.-]{0,63})\.webp$/,
      async (id) => {
        const bytes = await studio.presets.shelf.thumbnail(id);
        return bytes && new Response(Buffer.from(bytes), { headers: { 'Content-Type': 'image/webp', ...forever } });
      },
    ],
    [/^(\/export\/presets)$/, (_, _request, url) => presetExport(studio, url)],
    [
      /^(\/export\/telemetry\.csv)$/,
      async (_, _request, url) => {
        const asked = Number(url.searchParams.get('seconds'));
        const seconds = Math.min(historySeconds.max, Math.max(historySeconds.min, asked || 0));
        const headers = {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': 'attachment; filename="reelwright-machine.csv"',
          ...fresh,
        };
        return new Response(await telemetry.csv(seconds), { headers });
      },
    ],
  ];
  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname === sitePaths.pictures)
      return takeIn(studio, request, pictureLimits.bytes, { reason: 'picture', problem: 'too-many-bytes' }, (bytes) =>
        studio.pictures.add(bytes),
      );
    if (url.pathname === sitePaths.receive)
      return takeIn(studio, request, receiveLimit, { reason: 'preset', problem: 'file-too-large' }, (bytes) =>
        studio.presets.desk.put(bytes),
      );
    for (const [pattern, answer] of routes) {
      const id = pattern.exec(url.pathname)?.[1];
      if (id === undefined) continue;
      if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 });
      try {
        return (await answer(id, request, url)) ?? new Response(null, { status: 404 });
      } catch (error) {
        if (error instanceof Refused) return new Response(null, { status: 404 });
        throw error;
      }
    }
    return null;
  };
}

async function presetExport({ presets: { shelf } }: Studio, url: URL): Promise<Response> {
  const ids = (url.searchParams.get('ids') ?? '').split(',');
  if (ids.length > presetLimits.pack) throw new Refused({ reason: 'preset', problem: 'file-too-large' });
  const documents = await Promise.all(ids.map((id) => shelf.document(id)));
  const { name, type, bytes } = wrapped(url.searchParams.has('bare') ? documents.map(withoutWords) : documents);
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
  return new Response(Buffer.from(bytes), {
    headers: { 'Content-Type': type, 'Content-Disposition': disposition, ...fresh },
  });
}

/** The body of a POST, as far as `limit`; what `take` makes of it is the answer. */
async function takeIn(
  { paths }: Studio,
  request: Request,
  limit: number,
  tooMuch: Refusal,
  take: (bytes: Uint8Array) => unknown,
): Promise<Response> {
  if (request.method !== 'POST') return new Response(null, { status: 405 });
  const bytes = await readBody(request, limit);
  if (bytes === null) return refusal(tooMuch);
  try {
    return Response.json(await take(bytes), { headers: fresh });
  } catch (error) {
    if (error instanceof Refused) return refusal(error.refusal);
    const problem = storageProblem(error, paths.home);
    if (problem !== null) return refusal({ reason: 'storage', problem });
    throw error;
  }
}

const refusal = (refused: Refusal) => Response.json(refused, { status: 422, headers: fresh });

/** Null as soon as there is more than `limit`. */
async function readBody(request: Request, limit: number): Promise<Uint8Array | null> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}
