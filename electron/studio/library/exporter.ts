import { existsSync } from 'node:fs';
import { CancellationTokenSource, ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { Described, Exported, type ExportOrder, ExportOutcome, type StillOrder } from '../../../contract/exporter.ts';
import { startPython } from '../sidecar/pythonProcess.ts';
import { TaskFailed } from './tasks.ts';

export interface ExporterOptions {
  python: string;
  /** The folder that holds the package reelwright_sidecar. */
  sidecar: string;
  /** How long it may take to clear up after itself. */
  graceMs?: number;
}

/** A Python process that reads and writes media, beside the one that renders. One request at a time. */
export interface Exporter {
  export(order: ExportOrder, onFrame: (done: number, of: number) => void, signal: AbortSignal): Promise<ExportOutcome>;
  still(order: StillOrder, signal: AbortSignal): Promise<ExportOutcome>;
  describe(source: string, signal: AbortSignal): Promise<Described>;
  /** It takes away what it has not finished. */
  close(): Promise<void>;
}

/** @throws {TaskFailed} when there is no Python environment yet. */
export function startExporter({ python, sidecar, graceMs = 5000 }: ExporterOptions): Exporter {
  if (!existsSync(python)) throw new TaskFailed('engine-missing', python);
  const child = startPython({ python, sidecar, module: 'reelwright_sidecar.export' });
  if (child === null) throw new TaskFailed('engine-missing', python);
  const { connection, ended, kill } = child;
  let onFrame: (done: number, of: number) => void = () => {};
  connection.onNotification('exported', (message: unknown) => {
    const parsed = Exported.safeParse(message);
    if (parsed.success) onFrame(parsed.data.done, parsed.data.of);
  });
  connection.listen();

  async function ask(method: string, order: unknown, signal: AbortSignal): Promise<unknown> {
    const cancellation = new CancellationTokenSource();
    let patience: NodeJS.Timeout | undefined;
    const cancel = () => {
      cancellation.cancel();
      // A file that was made to be read for ever is not waited for.
      patience = setTimeout(kill, graceMs);
    };
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const died = ended.then(({ lastWords }) => {
      throw new TaskFailed('internal', `The exporter has ended. ${lastWords}`);
    });
    try {
      const answered = connection.sendRequest(method, order, cancellation.token).catch((error: unknown) => {
        // An answer that nobody gives any more: the process itself knows why.
        if (error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected) throw error;
        return died;
      });
      return await Promise.race([answered, died]);
    } finally {
      clearTimeout(patience);
      died.catch(() => {});
      signal.removeEventListener('abort', cancel);
    }
  }

  return {
    async export(order, told, signal) {
      onFrame = told;
      return ExportOutcome.parse(await ask('export', order, signal));
    },
    still: async (order, signal) => ExportOutcome.parse(await ask('still', order, signal)),
    describe: async (source, signal) => Described.parse(await ask('describe', { source }, signal)),
    async close() {
      child.hangUp();
      await child.endWithin(graceMs);
    },
  };
}
