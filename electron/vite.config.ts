import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const electron = import.meta.dirname;
const environment = join(electron, 'studio', 'environment');

const { version } = JSON.parse(readFileSync(join(electron, '..', 'package.json'), 'utf8')) as { version: string };

/** What cannot be put into one file: Electron itself, and packages with native parts. */
const external = ['electron', 'libsql', 'koffi', 'sharp'];

/** Python reads its scripts itself: they are laid beside the bundle, and outside of the archive of a packaged program. */
function pythonScripts(): Plugin {
  return {
    name: 'python-scripts',
    transform(code, id) {
      if (!id.startsWith(environment)) return null;
      const outside = "import.meta.dirname.replace('app.asar', 'app.asar.unpacked')";
      return code.includes('import.meta.dirname') ? code.replaceAll('import.meta.dirname', outside) : null;
    },
    generateBundle() {
      for (const fileName of ['probe.py', 'inspect_packages.py']) {
        this.emitFile({ type: 'asset', fileName, source: readFileSync(join(environment, fileName)) });
      }
    },
  };
}

/** One file each: the sandbox of the preload knows no other, and a thread should not read what it does not run. */
const entries = {
  main: join(electron, 'main.ts'),
  preload: join(electron, 'preload.ts'),
  telemetryWorker: join(electron, 'studio', 'telemetry', 'telemetryWorker.ts'),
};

/** `mode` says which of the entries. */
export default defineConfig(({ mode }) => ({
  root: electron,
  plugins: mode === 'main' ? [pythonScripts()] : [],
  publicDir: false,
  define: { __VERSION__: JSON.stringify(version) },
  ssr: { noExternal: true, external, target: 'node' },
  build: {
    ssr: true,
    outDir: join(electron, '..', 'dist', 'main'),
    emptyOutDir: false,
    target: 'node24',
    minify: false,
    // The other entries hold nothing that the main one does not.
    license: mode === 'main' && { fileName: 'licences.md' },
    rolldownOptions: {
      external: [...external, /^node:/],
      input: { [mode]: entries[mode as keyof typeof entries] },
      // What is loaded later is required, too: Electron's archive is known to that.
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false, dynamicImportInCjs: false },
    },
  },
}));
