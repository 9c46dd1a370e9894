// `npm run package [-- TARGET]`: the desktop studio as a program of its own in `out/`; a folder unless another target
// (AppImage, nsis, dmg) is named.
import { join } from 'node:path';
import { build } from 'electron-builder';
import { packedProgram, packing, setFuses } from '../electron/builder.mjs';
import { ensureBuilt, main, page } from './build.mjs';
import { root } from './launch.mjs';

const [target = 'dir'] = process.argv.slice(3);
const system = process.platform === 'win32' ? 'win' : process.platform === 'darwin' ? 'mac' : 'linux';

await ensureBuilt(root, [page, main], (line) => process.stderr.write(`${line}\n`));
await build({
  projectDir: root,
  [system]: [target],
  publish: 'never',
  config: {
    ...packing({ main: main.name }),
    // Before the folder becomes an installer.
    async afterPack({ appOutDir }) {
      await setFuses(packedProgram(join(appOutDir, '..')));
    },
  },
});
process.stdout.write(`${packedProgram(join(root, 'out'))}\n`);
