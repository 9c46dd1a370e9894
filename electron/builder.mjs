// How the desktop studio is packed: one archive of ours, native parts and what Python reads beside it.
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses';

/** Packages with native parts, and what they need in turn; everything else is in the bundle. */
const native = ['libsql', '@libsql', '@neon-rs', 'koffi', '@koromix', 'sharp', '@img', 'detect-libc', 'semver'];

/**
 * @param {{ main: string }} choice the folder in `dist` of the main process
 * @returns {import('electron-builder').Configuration}
 */
export function packing({ main }) {
  const entry = `dist/${main}`;
  return {
    appId: 'studio.reelwright',
    productName: 'Reelwright',
    extraMetadata: { main: `${entry}/main.cjs` },
    directories: { output: 'out' },
    files: [
      'package.json',
      `${entry}/**`,
      'dist/renderer/**',
      '!node_modules',
      ...native.map((name) => `node_modules/${name}/**`),
      // What they were built from, and what is for a Linux without glibc, on which Electron does not run.
      '!node_modules/koffi/{vendor,doc}/**',
      '!node_modules/{koffi,sharp}/**/*.{c,cc,cpp,h,hh,hpp,inc,S,asm,gyp}',
      '!node_modules/@libsql/*-musl/**',
      '!node_modules/@koromix/*/musl_*/**',
      '!**/*.{map,d.ts}',
    ],
    asar: true,
    asarUnpack: [`${entry}/*.py`, `${entry}/telemetryWorker.cjs`, ...native.map((name) => `node_modules/${name}/**`)],
    extraResources: [
      { from: 'resources', to: 'resources' },
      {
        from: 'python-sidecar',
        to: 'python-sidecar',
        filter: ['reelwright_sidecar/**', 'requirements/*.lock', 'pyproject.toml', '!**/__pycache__'],
      },
    ],
    // Beside the program, for people to read: ours, and of everything that is in the bundles.
    extraFiles: [
      { from: 'LICENSE', to: 'licences/Reelwright.txt' },
      { from: 'dist/renderer/licences.md', to: 'licences/page.md' },
      // Of style sheets Vite knows no licence.
      { from: 'node_modules/@fontsource-variable/inter/LICENSE', to: 'licences/Inter.txt' },
      // Of what is under the LGPL, a library of its own; a README counts for nothing and would stay behind.
      { from: 'node_modules/@img', to: 'licences', filter: ['sharp-libvips-*/README.md'] },
      { from: `${entry}/licences.md`, to: 'licences/studio.md' },
    ],
    // Prebuilt for every system: nothing is compiled.
    npmRebuild: false,
    nodeGypRebuild: false,
    buildDependenciesFromSource: false,
    protocols: [{ name: 'Reelwright', schemes: ['reelwright'] }],
    fileAssociations: [
      { ext: 'reelpreset', name: 'Reelwright preset', mimeType: 'application/x-reelwright-preset', role: 'Editor' },
      { ext: 'reelpack', name: 'Reelwright presets', mimeType: 'application/x-reelwright-presets', role: 'Editor' },
    ],
    // Ready for each system: what would make one out of another is a download.
    linux: {
      category: 'AudioVideo',
      synopsis: 'An offline studio for AI video on your own card',
      icon: 'resources/icon.png',
    },
    mac: {
      icon: 'electron/icon.icns',
      // Without a reason macOS refuses in silence what "shut down when done" asks System Events for.
      extendInfo: {
        NSAppleEventsUsageDescription: 'Reelwright shuts the Mac down when you ask it to, after the queue.',
      },
    },
    // Its icon and name are written into the program; there is nothing to sign it with.
    win: { icon: 'electron/icon.ico', signExecutable: false },
  };
}

/** Those of a packaged studio: nothing of Electron that would let another program's code in through it. */
const wanted = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
};

/**
 * Sets every fuse that this Electron has, and reads them back.
 * @param {string} program
 * @returns {Promise<Record<string, boolean>>} as they are in the program
 */
export async function setFuses(program) {
  const wire = await getCurrentFuseWire(program);
  const present = Object.entries(wanted).filter(([fuse]) => fuse in wire);
  await flipFuses(program, {
    version: FuseVersion.V1,
    ...Object.fromEntries(present),
    resetAdHocDarwinSignature: process.platform === 'darwin',
  });
  const found = await readFuses(program);
  for (const [fuse, value] of present) {
    const name = FuseV1Options[Number(fuse)] ?? fuse;
    if (found[name] !== value) throw new Error(`The fuse ${name} is ${found[name]} and should be ${value}.`);
  }
  return found;
}

/** @param {string} program @returns {Promise<Record<string, boolean>>} */
export async function readFuses(program) {
  const enabled = 49;
  const wire = await getCurrentFuseWire(program);
  const known = Object.entries(wire).filter(([fuse]) => /^\d+$/.test(fuse));
  return Object.fromEntries(
    known.map(([fuse, state]) => [FuseV1Options[Number(fuse)] ?? fuse, Number(state) === enabled]),
  );
}

/** Where electron-builder lays the program of a folder target. @param {string} out */
export function packedProgram(out) {
  if (process.platform === 'win32') return join(out, 'win-unpacked', 'Reelwright.exe');
  if (process.platform === 'darwin') return join(out, 'mac-arm64', 'Reelwright.app', 'Contents', 'MacOS', 'Reelwright');
  return join(out, `linux${process.arch === 'arm64' ? '-arm64' : ''}-unpacked`, 'reelwright');
}
