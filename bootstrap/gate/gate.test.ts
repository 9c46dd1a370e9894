/** The gate itself: that its rules bite, and that it counts what it runs. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countPlaywright, countPytest, countVitest } from './stages.mjs';
import { findForbidden } from './tracked-files.mjs';

const root = join(import.meta.dirname, '..', '..');

describe('an import across a boundary', () => {
  const refused: [file: string, code: string][] = [
    ['electron/studio/jobs/new.ts', "import { app } from 'electron';\napp();\n"],
    ['electron/studio/jobs/new.ts', "import { main } from 'electron/main';\nmain();\n"],
    ['electron/studio/jobs/new.ts', "import { output } from '../../cli/output.ts';\noutput();\n"],
    ['electron/studio/new.ts', "import type { Server } from '../web/server.ts';\nexport type New = Server;\n"],
    ['electron/studio/new.ts', "const { open } = await import('../desktop/window.ts');\nopen();\n"],
    ['electron/studio/new.ts', "export { page } from '../../renderer/app/page.ts';\n"],
    ['renderer/app/new.ts', "import { readFile } from 'node:fs';\nreadFile();\n"],
    ['renderer/app/new.ts', "import { app } from 'electron';\napp();\n"],
    ['renderer/app/new.ts', "import { plan } from '../../electron/studio/planner/plan.ts';\nplan();\n"],
    ['contract/new.ts', "import { join } from 'node:path';\njoin();\n"],
    ['contract/new.ts', "import { execa } from 'execa';\nexeca();\n"],
    ['contract/api/new.ts', "import { execa } from 'execa';\nexeca();\n"],
    ['contract/api/new.ts', "import { plan } from '../../electron/studio/planner/plan.ts';\nplan();\n"],
    ['contract/new.ts', "import { plan } from '../electron/studio/planner/plan.ts';\nplan();\n"],
  ];
  it.each(refused)('is refused in %s: %s', (file, code) => expect(crossings(file, code)).toBe(1));

  const allowed: [file: string, code: string][] = [
    ['electron/studio/jobs/new.ts', "import { readFile } from 'node:fs';\nreadFile();\n"],
    ['electron/studio/jobs/new.ts', "import { Job } from '../../../contract/job.ts';\nJob();\n"],
    ['electron/studio/jobs/new.ts', "import { plan } from '../planner/plan.ts';\nplan();\n"],
    ['electron/cli/new.ts', "import { openStudio } from '../studio/studio.ts';\nopenStudio();\n"],
    ['renderer/app/new.ts', "import { Job } from '../../contract/job.ts';\nJob();\n"],
    ['renderer/app/new.ts', "import { Button } from '../ui/button.ts';\nButton();\n"],
    ['contract/new.ts', "import { z } from 'zod';\nz();\n"],
    ['contract/new.ts', "import { Job } from './job.ts';\nJob();\n"],
    ['contract/api/new.ts', "import { Job } from '../job.ts';\nJob();\n"],
  ];
  it.each(allowed)('is not seen in %s: %s', (file, code) => expect(crossings(file, code)).toBe(0));
});

describe('a file that must not be committed', () => {
  const halves = (...parts: string[]) => parts.join('');
  const cases: [text: string, found: string[]][] = [
    ['six==1.17.0 --hash=sha256:00', []],
    [halves('see https://py', 'pi.org/simple'), ['a package registry']],
    [halves('HTTPS://REGISTRY.NPM', 'JS.ORG/execa'), ['a package registry']],
    [halves('      "reso', 'lved": "x"'), ['a download address in a lock']],
    [halves('-----BEGIN RSA PRIV', 'ATE KEY-----'), ['a private key']],
    [halves('token = "gh', `p_${'a1'.repeat(18)}"`), ['an access token']],
    [halves('//host/:_auth', 'Token=abc'), ['a registry password']],
  ];
  it.each(cases)('%s', (text, found) => expect(findForbidden(text)).toEqual(found));
});

describe('the count', () => {
  it('takes a file that cannot be loaded for one failure, and names what failed', () => {
    const testResults = [
      { name: 'a.test.ts', status: 'failed', assertionResults: [] },
      {
        name: 'b.test.ts',
        status: 'failed',
        assertionResults: [
          { status: 'failed', fullName: 'holds' },
          { status: 'passed', fullName: 'stands' },
        ],
      },
      { name: 'c.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'is' }] },
    ];
    const json = JSON.stringify({ numPassedTests: 2, numFailedTests: 1, testResults });
    expect(countVitest(json)).toEqual({ passed: 2, failed: 2, failures: ['a.test.ts', 'b.test.ts: holds'] });
  });

  it('counts a test of the window that was mended by trying again as failed', () => {
    const spec = (title: string, status: string) => ({
      ...{ title, file: 'x.spec.ts', ok: status === 'expected', tests: [{ projectName: 'web', status }] },
    });
    const suites = [
      { title: '', file: '', specs: [spec('one', 'expected')], suites: [{ specs: [spec('two', 'flaky')] }] },
    ];
    const json = JSON.stringify({ stats: { expected: 1, unexpected: 0, flaky: 1 }, errors: [{}], suites });
    const failures = ['x.spec.ts: two (web)', 'an error outside of any test'];
    expect(countPlaywright(json)).toEqual({ passed: 1, failed: 2, failures });
  });

  it('leaves skipped tests out', () => {
    const xml =
      '<testsuites name="pytest"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10">' +
      '<testcase classname="tests.test_a" name="test_b[1]" time="0.1"><failure message="x">y</failure></testcase>' +
      '<testcase classname="tests.test_a" name="test_c" time="0.1" /></testsuite></testsuites>';
    expect(countPytest(xml)).toEqual({ passed: 4, failed: 3, failures: ['tests.test_a: test_b[1]'] });
  });
});

/** How often the real configuration finds a crossing in this file. */
function crossings(file: string, code: string): number {
  const place = mkdtempSync(join(tmpdir(), 'reelwright-boundary-'));
  try {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), code);
    cpSync(join(root, 'biome.json'), join(place, 'biome.json'));
    const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const rule = ['lint', '--only=style/noRestrictedImports', '--vcs-enabled=false', '--reporter=json', '.'];
    const { stdout } = spawnSync(process.execPath, [biome, ...rule], { cwd: place, encoding: 'utf8' });
    return (JSON.parse(stdout) as { summary: { errors: number } }).summary.errors;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
