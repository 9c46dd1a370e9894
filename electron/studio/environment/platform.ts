import { CannotSetUp } from './outcome.ts';

export interface Platform {
  system: NodeJS.Platform;
  arch: string;
  /** The version of the GNU C library; null where there is another or none. */
  glibc: string | null;
}

export function thisPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { system: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime ?? null };
}

/** Why torch cannot be had for this computer; null when it can. */
export function platformProblem({ system, arch, glibc }: Platform): CannotSetUp | null {
  const refuse = (sentence: string, action: string) => new CannotSetUp('platform', sentence, action);
  if (system === 'darwin' && arch !== 'arm64') {
    return refuse(
      'The engine is no longer made for Macs with Intel processors.',
      'A Mac with Apple silicon can run it.',
    );
  }
  if (!(system === 'linux' || system === 'darwin' || system === 'win32') || !(arch === 'x64' || arch === 'arm64')) {
    return refuse(
      `The engine is not made for ${system} on ${arch}.`,
      'Use Linux, Windows or macOS on a 64-bit computer.',
    );
  }
  if (system === 'win32' && arch !== 'x64') {
    return refuse('The engine is not made for Windows on ARM.', 'Use Node for x64, which runs here too.');
  }
  if (system === 'linux' && (glibc === null || olderThan(glibc, [2, 28]))) {
    const what = glibc === null ? 'without the GNU C library' : `with version ${glibc} of the GNU C library`;
    return refuse(
      `The engine does not run on a Linux ${what}.`,
      'It needs version 2.28 or newer, as in Debian 10 or Ubuntu 20.04.',
    );
  }
  return null;
}

function olderThan(version: string, [major, minor]: [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
