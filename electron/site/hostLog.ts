import { BoundedLog } from '../studio/sidecar/boundedLog.ts';

/** What a host writes down: what it refused, what went wrong. Bounded; and never a secret, for it is not given any. */
export interface HostLog {
  refused(what: string, detail?: string): void;
  failed(what: string, error: unknown): void;
  note(what: string): void;
}

export function openHostLog(file: string, now: () => Date = () => new Date()): HostLog {
  const log = new BoundedLog(file, 1024 * 1024);
  const write = (kind: string, text: string) =>
    log.write(Buffer.from(`${now().toISOString()} ${kind.padEnd(7)} ${oneLine(text)}\n`));
  return {
    refused: (what, detail) => write('refused', detail === undefined ? what : `${what}: ${detail}`),
    failed: (what, error) =>
      write('failed', `${what}: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
    note: (what) => write('note', what),
  };
}

const longest = 2000;

/** What came from outside must not look like another line, and the address of a page may carry its token. */
function oneLine(text: string): string {
  const plain = text.replace(/([?&]token=)[^&\s"']*/gi, '$1…').slice(0, longest);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return plain.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ⏎ ');
}
