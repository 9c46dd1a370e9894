import { execa } from 'execa';
import { testPython } from './environment.ts';

export interface Clip {
  codec: string;
  width: number;
  height: number;
  frames: number;
  fps: number;
  comment: string;
  /** One SHA-256 over all decoded frames. */
  pixels: string;
  /** The mean brightness, 0 to 255. */
  brightness: number;
}

const program = `
import av, hashlib, json, sys, traceback
def read(name):
    with av.open(name) as file:
        stream = file.streams.video[0]
        digest, total, count = hashlib.sha256(), 0.0, 0
        for frame in file.decode(stream):
            pixels = frame.to_ndarray(format="rgb24")
            digest.update(pixels.tobytes()); total += float(pixels.mean()); count += 1
        return dict(codec=stream.codec_context.name, width=stream.width, height=stream.height, frames=count,
            fps=float(stream.average_rate), comment=file.metadata.get("comment", ""), pixels=digest.hexdigest(),
            brightness=total / max(count, 1))
for name in json.load(sys.stdin):
    try:
        print(json.dumps(read(name)))
    except Exception:
        traceback.print_exc()
        print("null")
`;

/** Reads clips from their first frame to their last, as a player would; null where there is none. */
export async function readClips(files: readonly string[]): Promise<(Clip | null)[]> {
  const { stdout } = await execa(await testPython(), ['-c', program], { input: JSON.stringify(files) });
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Clip | null);
}

export async function readClip(file: string): Promise<Clip> {
  const [clip] = await readClips([file]);
  if (!clip) throw new Error(`${file} is no clip`);
  return clip;
}

const difference = `
import av, numpy, sys
def frames(name):
    with av.open(name) as file:
        return numpy.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]).astype(int)
print(abs(frames(sys.argv[1]) - frames(sys.argv[2])).mean())
`;

/** How far two clips are apart on average, in the 256 levels of a colour. */
export async function meanDifference(one: string, other: string): Promise<number> {
  return Number((await execa(await testPython(), ['-c', difference, one, other])).stdout);
}
