import { readFile } from 'node:fs/promises';
import { win32 } from 'node:path';

const within = 5000;

/** Names of programs that the driver does not tell, as it does not of other people's. Those that are gone have none. */
export async function programNames(
  pids: readonly number[],
  platform: NodeJS.Platform = process.platform,
): Promise<ReadonlyMap<number, string>> {
  if (pids.length === 0) return new Map();
  if (platform === 'win32') return listed(pids, await taskList());
  const names = await Promise.all(pids.map(async (pid) => [pid, await nameOf(pid)] as const));
  return new Map(names.filter((named): named is readonly [number, string] => named[1] !== null));
}

async function nameOf(pid: number): Promise<string | null> {
  try {
    return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() || null;
  } catch {
    return null;
  }
}

/** By its full path: a program of that name in the current folder is never started. */
async function taskList(): Promise<string> {
  const program = win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'tasklist.exe');
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['/FO', 'CSV', '/NH'], { reject: false, timeout: within, windowsHide: true });
  return stdout ?? '';
}

/** Lines such as `"dwm.exe","1234","Console","1","98,765 K"`, in any language. */
export function listed(pids: readonly number[], text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [, name = '', pid] of text.matchAll(/^"([^"]+)","(\d+)",/gm)) {
    if (pids.includes(Number(pid))) names.set(Number(pid), name);
  }
  return names;
}
