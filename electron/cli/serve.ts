import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { JobState } from '../../contract/job.ts';
import { type HostLog, openHostLog } from '../site/index.ts';
import { namedPower, openSession, type Session } from '../studio/session/index.ts';
import type { Studio } from '../studio/studio.ts';
import { startWeb, type Web } from '../web/index.ts';
import { isLoopback } from '../web/names.ts';
import type { ServeCommand } from './arguments.ts';
import type { Output } from './output.ts';
import { refuse } from './render.ts';
import type { Program } from './run.ts';

const usualPort = 4317;

/** The studio for a browser, until it is asked to end. */
export async function serve(
  command: ServeCommand,
  studio: Studio,
  { root, version }: Program,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const renderer = join(root, 'dist', 'renderer');
  if (!existsSync(join(renderer, 'index.html'))) {
    const sentence = 'The page has not been built yet: "npm start -- serve" builds it and serves it.';
    return refuse(output, 'page-missing', sentence, exitCodes.notOnThisMachine);
  }
  const { locale } = Intl.DateTimeFormat().resolvedOptions();
  const opening = openSession(studio, {
    host: 'web',
    version,
    locale,
    reveal: null,
    chooseFolder: null,
    power: namedPower(),
    dragOut: null,
  });
  if (opening.kind === 'busy') {
    const sentence = `Another Reelwright is open in ${studio.paths.home}. Close it, or give this one a folder of its own with --home.`;
    return refuse(output, 'busy', sentence, exitCodes.notOnThisMachine);
  }
  const { session } = opening;
  const log = openHostLog(join(studio.paths.logs, 'web.log'));
  // A fault in one page's stream must not take the render with it.
  const survive = (error: unknown) => log.failed('a promise', error);
  process.on('unhandledRejection', survive);
  try {
    const started = await listen(command, session, { renderer, version, log });
    if (started.kind === 'refused') {
      return refuse(output, 'not-listening', started.sentence, exitCodes.notOnThisMachine);
    }
    const { web } = started;
    log.note(`listening on ${command.host}, port ${web.port}`);
    if (!isLoopback(command.host)) {
      const sentence = `Other machines can reach the studio on ${command.host}. What travels there is not encrypted: whoever listens on that network can read the key below.`;
      output.event({ type: 'warning', cause: 'open-to-others', sentence });
    }
    const { address, port } = web;
    output.result(`The studio is at ${address}\nCtrl-C ends it.`, { address, port, home: studio.paths.home });
    await aborted(signal);
    if (session.rendering()) {
      output.event({ type: 'warning', cause: 'interrupted', sentence: interruptedSentence(session.ahead()[0]?.state) });
    }
    await web.stop();
    return exitCodes.done;
  } finally {
    await session.stop();
    process.off('unhandledRejection', survive);
  }
}

/** What becomes of the clip that is being made. */
export function interruptedSentence(running: JobState | undefined): string {
  switch (running?.kind) {
    case 'finishing':
      return 'The clip that is being made is almost done. It is finished first.';
    case 'recovering':
      return 'The clip that is being recovered goes on at the next start.';
    default:
      return 'The clip that is being made stops at its next step. The next start goes on from there.';
  }
}

type Listening = { kind: 'started'; web: Web } | { kind: 'refused'; sentence: string };

async function listen(
  { host, port }: ServeCommand,
  session: Session,
  rest: { renderer: string; version: string; log: HostLog },
): Promise<Listening> {
  try {
    return { kind: 'started', web: await startWeb({ session, ...rest, host, port: port ?? usualPort }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (mayBeAnother(code, port)) {
      return { kind: 'started', web: await startWeb({ session, ...rest, host, port: 0 }) };
    }
    const sentence = listenSentences(host, port ?? usualPort)[code ?? ''];
    if (sentence === undefined) throw error;
    return { kind: 'refused', sentence };
  }
}

/** Nobody asked for this port: it is taken, or Windows keeps it for its virtual machines, as it does of any range. */
export const mayBeAnother = (code: string | undefined, asked: number | null): boolean =>
  asked === null && (code === 'EADDRINUSE' || code === 'EACCES');

export const listenSentences = (host: string, port: number): Record<string, string | undefined> => ({
  EADDRINUSE: `Port ${port} is in use by another program. Choose another with --port, or leave it out.`,
  EACCES:
    port > 1023
      ? `The system keeps port ${port} for itself. Choose another with --port, or leave it out.`
      : `This account may not listen on port ${port}. Choose one above 1023 with --port.`,
  EADDRNOTAVAIL: `${host} is not an address of this machine.`,
  ENOTFOUND: `${host} is not an address of this machine.`,
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
