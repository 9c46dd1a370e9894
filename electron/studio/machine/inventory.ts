import { statfs } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { cpu, graphics, mem } from 'systeminformation';

export interface Inventory {
  platform: string;
  freeDiskBytes: number;
  processor: string;
  cores: number;
  memoryBytes: number;
  graphics: { name: string; memoryBytes: number | null }[];
}

/** What this machine is made of, read once: on Windows this starts several PowerShell queries. `folder` exists. */
export async function inventory(folder: string): Promise<Inventory> {
  const [processor, memory, cards, disk] = await Promise.all([cpu(), mem(), graphics(), statfs(folder)]);
  return {
    platform: `${process.platform} ${release()} ${arch()}`,
    freeDiskBytes: disk.bavail * disk.bsize,
    processor: `${processor.manufacturer} ${processor.brand}`.trim(),
    cores: processor.cores,
    memoryBytes: memory.total,
    graphics: cards.controllers
      .filter(({ model }) => model !== '')
      .map(({ model, vram }) => ({ name: model, memoryBytes: vram ? vram * 2 ** 20 : null })),
  };
}
