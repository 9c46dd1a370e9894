/** What decides which build of torch a machine needs. */
export interface TorchMachine {
  platform: NodeJS.Platform;
  nvidia: Nvidia | null;
}

export interface Nvidia {
  driver: string;
  computeCapability: string;
}

/**
 * `default`: the build of the package index is right. `cuda`: one of these uv torch backends, the best first;
 * which of them a torch release was built for is known only to its index. `cpu`: no build can use the card.
 */
export type Build = { kind: 'default' } | { kind: 'cuda'; backends: string[] } | { kind: 'cpu'; reason: string };

interface CudaRelease {
  backend: string;
  /** The oldest driver that runs it. */
  driver: { windows: number; linux: number };
  /** The cards that builds for it contain code for. */
  oldestCard: number;
  newestCard: number;
}

/** Newest first. CUDA 13 left Maxwell, Pascal and Volta behind; Blackwell came with 12.8. */
const releases: readonly CudaRelease[] = [
  { backend: 'cu132', driver: { windows: 580, linux: 580 }, oldestCard: 7.5, newestCard: 12.1 },
  { backend: 'cu130', driver: { windows: 580, linux: 580 }, oldestCard: 7.5, newestCard: 12.1 },
  { backend: 'cu128', driver: { windows: 528.33, linux: 525.6 }, oldestCard: 7.5, newestCard: 12.0 },
  { backend: 'cu126', driver: { windows: 528.33, linux: 525.6 }, oldestCard: 5.0, newestCard: 9.0 },
];

/** On Linux the index carries the build for this release. */
const linuxIndexBuild = 'cu132';

export function chooseTorch({ platform, nvidia }: TorchMachine): Build {
  if (nvidia === null || platform === 'darwin') return { kind: 'default' };
  const system = platform === 'win32' ? 'windows' : 'linux';
  const card = Number.parseFloat(nvidia.computeCapability);
  const driver = Number.parseFloat(nvidia.driver);
  const forCard = releases.filter(({ oldestCard, newestCard }) => oldestCard <= card && card <= newestCard);
  if (forCard.length === 0) {
    return { kind: 'cpu', reason: 'The engine has no code for this graphics card. The processor is used instead.' };
  }
  const backends = forCard.filter((release) => release.driver[system] <= driver).map(({ backend }) => backend);
  if (backends.length === 0) {
    const needed = Math.ceil(Math.min(...forCard.map((release) => release.driver[system])));
    const reason = `The graphics driver ${nvidia.driver} is too old. Install version ${needed} or newer to use the card.`;
    return { kind: 'cpu', reason };
  }
  return system === 'linux' && backends[0] === linuxIndexBuild ? { kind: 'default' } : { kind: 'cuda', backends };
}
