import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WhenDone } from '../../../contract/events.ts';

export type PowerAction = Exclude<WhenDone, 'nothing'>;

/** What this host can do to the machine. */
export interface Power {
  actions: readonly PowerAction[];
  /** Rejects when the system refuses. */
  run(action: PowerAction): Promise<void>;
}

type Command = readonly [program: string, ...args: string[]];

/** By the systems' own programs: nothing is installed for it, and no shell reads the words. */
export function commandOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Record<PowerAction, Command> | null {
  switch (platform) {
    case 'win32': {
      const system = join(env['SystemRoot'] ?? 'C:\\Windows', 'System32');
      return {
        sleep: [join(system, 'rundll32.exe'), 'powrprof.dll,SetSuspendState', '0,1,0'],
        'shut-down': [join(system, 'shutdown.exe'), '/s', '/t', '0'],
      };
    }
    case 'darwin':
      return {
        sleep: ['/usr/bin/pmset', 'sleepnow'],
        'shut-down': ['/usr/bin/osascript', '-e', 'tell application "System Events" to shut down'],
      };
    case 'linux':
      return { sleep: ['systemctl', 'suspend'], 'shut-down': ['systemctl', 'poweroff'] };
    default:
      return null;
  }
}

/** The program that `REELWRIGHT_POWER` names, which is called with `sleep` or `shut-down`; null when none is named. */
export function namedPower(env = process.env): Power | null {
  const own = env['REELWRIGHT_POWER'];
  return own ? powerOf({ sleep: [own, 'sleep'], 'shut-down': [own, 'shut-down'] }) : null;
}

/** That, or the machine's own; null where neither is there, as in a container. */
export function systemPower(platform = process.platform, env = process.env): Power | null {
  const named = namedPower(env);
  if (named !== null) return named;
  if (platform === 'linux' && !existsSync('/run/systemd/system')) return null;
  const commands = commandOf(platform, env);
  return commands === null ? null : powerOf(commands);
}

const powerOf = (commands: Record<PowerAction, Command>): Power => ({
  actions: ['sleep', 'shut-down'],
  async run(action) {
    const [program, ...args] = commands[action];
    const { execa } = await import('execa');
    await execa(program, args, { stdin: 'ignore', windowsHide: true });
  },
});
