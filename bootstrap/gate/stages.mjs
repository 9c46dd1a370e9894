// What `npm test` checks. A check counts as one; a test run counts its tests.
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../launch.mjs';

/**
 * @typedef {{ passed: number, failed: number, failures: string[] }} Count `failures`: the names of those that failed.
 * @typedef {{ name: string, command: string[], cwd: string, env: NodeJS.ProcessEnv, count: null | (() => Count) }} Stage
 */

/**
 * @param {{ python: string, folder: string, scratch: string }} where
 * @returns {{ checks: Stage[], tests: [Stage, ...Stage[]][] }} Tests that stand together run at the same time.
 */
export function stages({ python, folder, scratch }) {
  const sidecar = join(root, 'python-sidecar');
  const ruff = ['-m', 'ruff', '--config', 'pyproject.toml'];
  const pythonFiles = ['.', join(root, 'electron', 'studio', 'environment'), join(root, 'bench', 'gpu')];
  const vitest = join(scratch, 'vitest.json');
  const playwright = join(scratch, 'playwright.json');
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules', '.bin'), process.env.PATH ?? process.env.Path].join(delimiter),
    // Two stand side by side: whoever wants every core waits for the other one.
    OMP_NUM_THREADS: '1',
    // Compiled once for all the processes of Node, of which every test file has one.
    NODE_COMPILE_CACHE: join(scratch, 'compiled'),
    // Tests keep their clips to themselves, and share the one large environment.
    REELWRIGHT_HOME: join(scratch, 'home'),
    REELWRIGHT_ENVIRONMENT: folder,
    PYTHONPATH: undefined,
    PYTHONHOME: undefined,
    PYTHONDONTWRITEBYTECODE: undefined,
    REELWRIGHT_PLAYWRIGHT_JSON: playwright,
  };
  // A window needs a display, if only one that nobody sees.
  const display =
    process.platform === 'linux' && !process.env.DISPLAY ? ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24'] : [];
  const pytest = join(scratch, 'pytest.xml');

  /** @type {(name: string, cwd: string, command: string[], count?: () => Count) => Stage} */
  const stage = (name, cwd, command, count) => ({ name, command, cwd, env, count: count ?? null });
  /** @type {(program: string, entry: string[]) => string[]} */
  const node = (program, args) => [process.execPath, join(root, 'node_modules', program), ...args];

  return {
    checks: [
      stage('types', root, node('typescript/bin/tsc', ['--project', '.'])),
      stage('types of the page', root, node('typescript/bin/tsc', ['--project', 'renderer'])),
      stage('lint, format, boundaries', root, node('@biomejs/biome/bin/biome', ['ci', '--colors=off', '.'])),
      stage('unused code and packages', root, node('knip/bin/knip.js', ['--no-progress'])),
      stage('addresses and secrets', root, [process.execPath, join(root, 'bootstrap', 'gate', 'tracked-files.mjs')]),
      stage('Python lint', sidecar, [python, ...ruff, 'check', ...pythonFiles]),
      stage('Python format', sidecar, [python, ...ruff, 'format', '--check', ...pythonFiles]),
      stage('Python types', sidecar, [python, '-m', 'mypy']),
    ],
    tests: [
      [
        stage(
          'vitest',
          root,
          node('vitest/vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitest}`]),
          () => countVitest(readFileSync(vitest, 'utf8')),
        ),
        // Of one thread, beside studios and workers that often wait: for each other, or for a fault to be noticed. The
        // windows, which wait for little and not for long, have the machine to themselves.
        stage('pytest', sidecar, [python, '-m', 'pytest', `--junitxml=${pytest}`], () =>
          countPytest(readFileSync(pytest, 'utf8')),
        ),
      ],
      [
        stage(
          'playwright',
          root,
          [...display, ...node('@playwright/test/cli.js', ['test', '--config', 'e2e/studio'])],
          () => countPlaywright(readFileSync(playwright, 'utf8')),
        ),
      ],
    ],
  };
}

/** A file that cannot be loaded has no tests to fail: it counts as one. @param {string} json @returns {Count} */
export function countVitest(json) {
  /** @type {{ numPassedTests: number, numFailedTests: number, testResults: { name: string, status: string,
   *   assertionResults: { status: string, fullName: string }[] }[] }} */
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(json);
  const bad = testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name, assertionResults }) => ({
      name,
      tests: assertionResults.filter((test) => test.status === 'failed'),
    }));
  const broken = bad.filter(({ tests }) => tests.length === 0);
  const failures = bad.flatMap(({ name, tests }) =>
    tests.length === 0 ? [name] : tests.map(({ fullName }) => `${name}: ${fullName}`),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length, failures };
}

/** A test that failed once has failed. @param {string} json @returns {Count} */
export function countPlaywright(json) {
  /** @typedef {{ title: string, file: string, specs: { title: string, file: string, ok: boolean,
   *   tests: { projectName: string, status: string }[] }[], suites?: Suite[] }} Suite */
  /** @type {{ stats: { expected: number, unexpected: number, flaky: number }, errors: { message?: string }[],
   *   suites: Suite[] }} */
  const { stats, errors, suites } = JSON.parse(json);
  /** @type {(suite: Suite) => string[]} */
  const failed = ({ specs, suites: inner = [] }) => [
    ...specs.flatMap(({ file, title, tests }) =>
      tests
        .filter(({ status }) => status === 'unexpected' || status === 'flaky')
        .map(({ projectName }) => `${file}: ${title} (${projectName})`),
    ),
    ...inner.flatMap(failed),
  ];
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    failures: [...suites.flatMap(failed), ...errors.map(({ message = 'an error outside of any test' }) => message)],
  };
}

/** @param {string} xml @returns {Count} */
export function countPytest(xml) {
  /** @param {string} name */
  const sum = (name) =>
    [...xml.matchAll(/<testsuite [^>]*>/g)]
      .map(([tag]) => Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0))
      .reduce((total, value) => total + value, 0);
  const failed = sum('failures') + sum('errors');
  const failures = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*><(?:failure|error)/g)].map(
    ([, place, name]) => `${place}: ${name}`,
  );
  return { passed: sum('tests') - failed - sum('skipped'), failed, failures };
}
