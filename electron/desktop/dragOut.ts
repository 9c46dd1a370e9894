import { nativeImage, type WebContents } from 'electron';

const side = 32;

/** What hangs at the pointer: macOS does not drag a file without a picture. */
function card() {
  const amber = Buffer.from([0x24, 0xa5, 0xf5, 0xff]);
  return nativeImage.createFromBitmap(Buffer.concat(Array.from({ length: side * side }, () => amber)), {
    width: side,
    height: side,
  });
}

/** Only while the pointer is down: the page asks for it when a drag begins. */
export function dragOut(contents: WebContents | null, file: string): void {
  contents?.startDrag({ file, icon: card() });
}
