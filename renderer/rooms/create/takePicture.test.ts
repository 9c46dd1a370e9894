import { afterEach, describe, expect, it, vi } from 'vitest';
import { pictureLimits } from '../../../contract/draft.ts';
import { takePicture } from './takePicture.ts';

const picture = { id: 'a'.repeat(64), width: 4, height: 3, changes: ['turned-upright'] };
const file = new Blob(['a picture']);
const { signal } = new AbortController();

const answers = (body: string, status = 200) => {
  const post = vi.fn<typeof fetch>(async () => new Response(body, { status }));
  vi.stubGlobal('fetch', post);
  return post;
};

afterEach(() => vi.unstubAllGlobals());

describe('a picture on its way in', () => {
  it('arrives as the bytes of the file', async () => {
    const post = answers(JSON.stringify(picture));
    expect(await takePicture(file, signal)).toEqual({ kind: 'taken', picture });
    const [path, options] = post.mock.calls[0] ?? [];
    expect(path).toBe('/pictures');
    expect(new TextDecoder().decode(options?.body as ArrayBuffer)).toBe('a picture');
  });

  it('is refused with the studio’s reason', async () => {
    answers(JSON.stringify({ reason: 'picture', problem: 'cut-short' }), 422);
    expect(await takePicture(file, signal)).toEqual({
      kind: 'refused',
      refusal: { reason: 'picture', problem: 'cut-short' },
    });
  });

  it('is not even read when it is empty or far too large', async () => {
    const post = answers('');
    expect(await takePicture(new Blob([]), signal)).toMatchObject({ refusal: { problem: 'empty' } });
    const huge = { size: pictureLimits.bytes + 1, arrayBuffer: vi.fn() } as unknown as Blob;
    expect(await takePicture(huge, signal)).toMatchObject({ refusal: { problem: 'too-many-bytes' } });
    expect(huge.arrayBuffer).not.toHaveBeenCalled();
    expect(post).not.toHaveBeenCalled();
  });

  it('may have vanished since it was chosen', async () => {
    const gone = {
      size: 3,
      arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')),
    } as unknown as Blob;
    expect(await takePicture(gone, signal)).toEqual({ kind: 'unreadable' });
  });

  it('says when the studio does not answer, or not with what it should', async () => {
    answers('<html>', 502);
    expect(await takePicture(file, signal)).toEqual({ kind: 'unreachable' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')));
    expect(await takePicture(file, signal)).toEqual({ kind: 'unreachable' });
  });
});
