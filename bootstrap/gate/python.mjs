// The Python environment with the development tools, as the studio itself would set it up.
import { join } from 'node:path';
import { ensureEnvironment } from '../../electron/studio/environment/index.ts';
import { dataPaths } from '../../electron/studio/storage/paths.ts';
import { root } from '../launch.mjs';

/** @returns {Promise<{ folder: string, python: string } | null>} null when there can be none; it has been said why. */
export async function developmentPython() {
  const folder = dataPaths().environment;
  let said = '';
  const result = await ensureEnvironment({
    folder,
    sidecar: join(root, 'python-sidecar'),
    extras: 'development',
    onProgress(event) {
      if (event.sentence === said) return;
      said = event.sentence;
      const time = 'expectedSeconds' in event ? ` (about ${event.expectedSeconds} s)` : '';
      process.stderr.write(`Setting up: ${said}${time}\n`);
    },
  });
  if (result.kind === 'ready') return { folder, python: result.python };
  process.stderr.write(`${result.sentence} ${result.action}\n`);
  return null;
}
