import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that start programs, and so take long, come first: then every core has work to the end. */
class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId, project }: TestSpecification) =>
      moduleId.includes('/e2e/') ? 0 : project.name === 'alone' ? 1 : 2;
    // Those that share a process stand together: it is kept only for the next one.
    return sorted.sort((a, b) => place(a) - place(b));
  }
}

const exclude = ['node_modules/**', 'out/**', 'dist/**', 'build/**'];
const root = import.meta.dirname;
const replacing = globSync('**/*.test.ts', { cwd: root, exclude }).filter((file) =>
  /\bvi\.(mock|stubGlobal)\(/.test(readFileSync(join(root, file), 'utf8')),
);
/** They replace modules or globals of their process, look at its children, or make something that lasts as long as it. */
const alone = [...replacing, 'bootstrap/**/*.test.ts', 'e2e/**/*.test.ts', 'electron/studio/environment/*.test.ts'];

export default defineConfig({
  test: {
    // Processes, not threads: the tests start programs, hold file locks and load native modules.
    pool: 'forks',
    // One more than the build machine has cores: the long ones mostly wait, for a fault to be noticed or an engine to start.
    maxWorkers: 3,
    sequence: { sequencer: LongOnesFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    // To start a process for each of the short ones, and to load everything into it, takes longer than their tests.
    projects: [
      {
        extends: true,
        test: { name: 'together', isolate: false, include: ['**/*.test.ts'], exclude: [...exclude, ...alone] },
      },
      { extends: true, test: { name: 'alone', include: alone, exclude } },
    ],
  },
});
