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
import av, hashlib, json, sys
with av.open(sys.argv[1]) as file:
    stream = file.streams.video[0]
    digest, total, count = hashlib.sha256(), 0.0, 0
    for frame in file.decode(stream):
        pixels = frame.to_ndarray(format="rgb24")
        digest.update(pixels.tobytes()); total += float(pixels.mean()); count += 1
    print(json.dumps(dict(codec=stream.codec_context.name, width=stream.width, height=stream.height, frames=count,
        fps=float(stream.average_rate), comment=file.metadata.get("comment", ""), pixels=digest.hexdigest(),
        brightness=total / max(count, 1))))
`;

/** Reads a clip from its first frame to its last, as a player would. */
export async function readClip(file: string): Promise<Clip> {
  const { stdout } = await execa(await testPython(), ['-c', program, file]);
  return JSON.parse(stdout) as Clip;
}
