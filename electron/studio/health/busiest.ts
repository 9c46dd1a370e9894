import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessLoad {
  pid: number;
  parentPid: number;
  name: string;
  /** Percent of all cores. */
  cpu: number;
}

const over = 1000;
/** Percent of all cores: less is no competition. */
const least = 10;

/** The program that keeps the processor busy most, beside us; null for none. It takes seconds, and is rarely asked. */
export async function busiestProgram(): Promise<string | null> {
  const { processes } = await import('systeminformation');
  // Counted is what was done since it was asked before.
  await processes();
  await delay(over, undefined, { ref: false });
  const { list } = await processes();
  return busiestOf(list, process.pid);
}

/** All processes of one name are one program. `us`: whose descendants are none of the others. */
export function busiestOf(list: readonly ProcessLoad[], us: number): string | null {
  const ours = new Set([us]);
  // A set that grows while it is walked: every descendant has its turn.
  for (const pid of ours) for (const child of list) if (child.parentPid === pid) ours.add(child.pid);
  const programs = new Map<string, number>();
  for (const { pid, name, cpu } of list) {
    // What has the number 0 is the system's own idling.
    if (pid !== 0 && !ours.has(pid)) programs.set(name, (programs.get(name) ?? 0) + cpu);
  }
  const [first] = [...programs].sort(([, one], [, other]) => other - one);
  return first !== undefined && first[1] >= least ? first[0] : null;
}
