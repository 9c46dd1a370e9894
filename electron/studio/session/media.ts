import { type FileHandle, open } from 'node:fs/promises';

const chunk = 256 * 1024;

/** A file as an answer, whole or the part that was asked for; null when it is not there. */
export async function fileResponse(
  file: string,
  request: Request,
  headers: Record<string, string>,
): Promise<Response | null> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return null;
  const info = await handle.stat();
  if (!info.isFile()) {
    await handle.close();
    return null;
  }
  const range = rangeOf(request.headers.get('range'), info.size);
  if (range === 'wrong') {
    await handle.close();
    return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${info.size}` } });
  }
  const { start, end } = range ?? { start: 0, end: info.size - 1 };
  const partial = range === null ? {} : { 'Content-Range': `bytes ${start}-${end}/${info.size}` };
  const all = { 'Accept-Ranges': 'bytes', 'Content-Length': String(end - start + 1), ...partial, ...headers };
  const status = range === null ? 200 : 206;
  if (request.method === 'HEAD' || info.size === 0) {
    await handle.close();
    return new Response(null, { status: info.size === 0 ? 200 : status, headers: all });
  }
  return new Response(read(handle, start, end), { status, headers: all });
}

/** Read as it is taken: a clip that is scrubbed through is never in memory as a whole. */
function read(handle: FileHandle, start: number, end: number): ReadableStream<Uint8Array> {
  let position = start;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const buffer = new Uint8Array(Math.min(chunk, end - position + 1));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        position += bytesRead;
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
        if (bytesRead > 0 && position <= end) return;
        await handle.close();
        controller.close();
      } catch (error) {
        await handle.close().catch(() => {});
        controller.error(error);
      }
    },
    async cancel() {
      await handle.close().catch(() => {});
    },
  });
}

/** One range of bytes, as browsers ask for it; null for the whole, `wrong` for one outside the file. */
export function rangeOf(header: string | null, size: number): { start: number; end: number } | null | 'wrong' {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, from = '', to = ''] = found ?? [];
  if (from === '' && to === '') return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start > end || start >= size ? 'wrong' : { start, end };
}
