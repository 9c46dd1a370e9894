import { posix, win32 } from 'node:path';

/** All that macOS lets a program know which the Finder opens, whatever the person's shell knows. */
const finders: readonly string[] = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
/** Where Homebrew and python.org put theirs. */
const usual: readonly string[] = ['/opt/homebrew/bin', '/usr/local/bin'];

/** The folders in which programs are looked for, the first first. */
export function searchPath(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string[] {
  const { delimiter } = platform === 'win32' ? win32 : posix;
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const opened = platform === 'darwin' && folders.length > 0 && folders.every((folder) => finders.includes(folder));
  return opened ? [...usual, ...folders] : folders;
}
