import { join } from 'node:path';
import { execa } from 'execa';
import { testPython } from './environment.ts';

const program = `
import sys
from PIL import Image, ImageDraw
image = Image.new("RGB", (320, 200), (120, 190, 240))
draw = ImageDraw.Draw(image)
draw.rectangle((0, 140, 320, 200), fill=(90, 170, 80))
draw.ellipse((130, 50, 190, 120), fill=(220, 60, 50))
image.save(sys.argv[1])
`;

/** A drawn picture: sky, meadow, a red ball. */
export async function drawPicture(folder: string, name = 'picture.png'): Promise<string> {
  const file = join(folder, name);
  await execa(await testPython(), ['-c', program, file]);
  return file;
}
