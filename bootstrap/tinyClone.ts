/** A clone in small: one package that stands in for Node, installed by the real npm from a file. Test support. */
import { execFileSync } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform === 'darwin' ? 'bin-darwin' : process.platform}-${process.arch}`;
export const nodeProgram = join('node_modules', nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

export interface TinyClone {
  root: string;
  env: NodeJS.ProcessEnv;
  /** Another Node than the clone's own, as the system's is. */
  systemNode: string;
  dispose(): void;
}

let template: string | null = null;
afterAll(() => {
  if (template !== null) rmSync(template, { recursive: true, force: true });
});

export function tinyClone(): TinyClone {
  template ??= makeTemplate();
  const home = mkdtempSync(join(tmpdir(), 'reelwright clone ü '));
  const root = join(home, 'clone');
  cpSync(template, root, { recursive: true });
  const systemNode = join(home, process.platform === 'win32' ? 'node.exe' : 'node');
  try {
    linkSync(process.execPath, systemNode);
  } catch {
    cpSync(process.execPath, systemNode);
  }
  return {
    root,
    systemNode,
    env: { ...process.env, npm_config_cache: join(home, 'cache'), npm_config_registry: 'http://127.0.0.1:9/' },
    dispose: () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Another version of everything: the lock changes. */
export function raiseVersion({ root, env }: TinyClone): void {
  const extra = { name: 'more', version: '1.0.0', files: ['index.js'] };
  addPackage(root, extra, { 'index.js': 'module.exports = 1;\n' });
  lock(root, [nodePackage, 'more'], env);
}

/** Asks for a package that only a registry could give. */
export function wantFromRegistry({ root }: TinyClone): void {
  const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
  const manifest = { name: 'clone', version: '1.0.0', dependencies: { 'left-out': '1.0.0' } };
  const packages = { '': manifest, 'node_modules/left-out': { version: '1.0.0', integrity } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ ...manifest, lockfileVersion: 3, packages }));
}

function makeTemplate(): string {
  const root = mkdtempSync(join(tmpdir(), 'reelwright-template-'));
  const program = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  // Windows starts nothing but programs.
  const node = process.platform === 'win32' ? readFileSync(process.execPath) : '#!/bin/sh\nexec "$REAL_NODE" "$@"\n';
  const files: Record<string, string | Uint8Array> = { [program]: node };
  for (let index = 0; index < 300; index += 1) files[`bin/part${index}.js`] = `// ${index}\n`.repeat(50);
  addPackage(root, { name: nodePackage, version: '1.0.0', files: ['bin'] }, files);
  lock(root, [nodePackage], process.env);
  for (const name of ['launch', 'lock', 'packages', 'pinned-node', 'signals']) {
    cpSync(join(import.meta.dirname, `${name}.mjs`), join(root, 'bootstrap', `${name}.mjs`));
  }
  return root;
}

function addPackage(
  root: string,
  manifest: { name: string; version: string; files: string[] },
  files: Record<string, string | Uint8Array>,
): void {
  const source = join(root, 'sources', manifest.name);
  for (const [name, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
    mkdirSync(join(source, name, '..'), { recursive: true });
    writeFileSync(join(source, name), text, { mode: 0o755 });
  }
  npm(root, ['pack', source, '--pack-destination', root], process.env);
}

function lock(root: string, names: string[], env: NodeJS.ProcessEnv): void {
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${name}-1.0.0.tgz`]));
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ name: 'clone', version: '1.0.0', type: 'module', dependencies }),
  );
  npm(root, ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], env);
}

function npm(cwd: string, args: string[], env: NodeJS.ProcessEnv): void {
  const shell = process.platform === 'win32';
  execFileSync('npm', shell ? args.map((arg) => `"${arg}"`) : args, { cwd, env, stdio: 'ignore', shell });
}
