// `npm run lock`: python-sidecar/requirements/*.in -> *.lock, with the hash of every file and no addresses,
// then proof that each lock can be installed, from wheels alone, on every Python and system we name.
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './launch.mjs';

const python = { from: '3.11', below: '3.15', each: ['3.11', '3.12', '3.13', '3.14'] };
const systems = ['x86_64-manylinux_2_28', 'aarch64-manylinux_2_28', 'x86_64-pc-windows-msvc', 'aarch64-apple-darwin'];

const folder = join(root, 'python-sidecar', 'requirements');

compile('runtime', []);
compile('development', ['--constraints', join(folder, 'runtime.lock')]);
compile('uv', []);
for (const name of ['runtime', 'development', 'uv'])
  for (const version of python.each) for (const system of systems) prove(name, version, system);

/** @param {string} name @param {string[]} more */
function compile(name, more) {
  const fresh = join(tmpdir(), `${name}-${process.pid}.lock`);
  const shape = ['--universal', '--python-version', python.from, '--generate-hashes', '--no-build'];
  const plain = ['--no-header', '--no-annotate', '--no-emit-index-url', '--no-emit-find-links'];
  uv(['pip', 'compile', '-q', ...shape, ...plain, ...more, '-o', fresh, join(folder, `${name}.in`)]);
  const header = `# python >=${python.from},<${python.below}\n# Made by "npm run lock" from ${name}.in.\n`;
  const file = join(folder, `${name}.lock`);
  writeFileSync(`${file}.new`, header + readFileSync(fresh, 'utf8'));
  renameSync(`${file}.new`, file);
  console.log(`${name}.lock`);
}

/** @param {string} name @param {string} version @param {string} system */
function prove(name, version, system) {
  const target = join(tmpdir(), `lock-proof-${process.pid}`);
  const where = ['--target', target, '--python-version', version, '--python-platform', system];
  uv([
    'pip',
    'install',
    '-q',
    '--dry-run',
    '--no-build',
    '--require-hashes',
    ...where,
    '-r',
    join(folder, `${name}.lock`),
  ]);
  console.log(`${name}.lock: Python ${version}, ${system}`);
}

/** @param {string[]} args */
function uv(args) {
  // torch's wheels for Apple silicon ask for macOS 14; uv assumes an older one.
  const env = { ...process.env, MACOSX_DEPLOYMENT_TARGET: '14.0' };
  const { status, error } = spawnSync('uv', args, { stdio: 'inherit', env });
  if (error) throw new Error('Making locks needs uv on PATH.');
  if (status !== 0) process.exit(status ?? 1);
}
