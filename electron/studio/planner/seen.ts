import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Plan } from '../../../contract/render.ts';
import { isProducts, type ProductStorage, productNumbers } from '../../../contract/shortcut.ts';
import type { Device, Probe, RenderOutcome } from '../../../contract/worker.ts';
import { cardSpeed } from './cards.ts';
import type { CardNow } from './look.ts';
import { cardReserve, deviceRoom, hostRoom, type PlanMachine, untried } from './machine.ts';

export interface SeenOptions {
  now: () => number;
  platform?: NodeJS.Platform;
  memory?: Memory;
}

type Memory = () => { totalBytes: number; freeBytes: number };

/** This machine, by those who looked at it: the worker with torch, and those who watch the cards. */
export class SeenMachine {
  readonly #now: () => number;
  readonly #platform: NodeJS.Platform;
  readonly #memory: Memory;
  #probe: { probe: Probe; oursBytes: number; at: number } | null = null;
  /** What the software around the card has failed at since the studio began: it would do so again. */
  readonly #unable = { sage: false, compiler: false, cudnn: false, products: new Set<ProductStorage>() };
  /** What our own worker has of the computer's memory: it has it already, and would use it again. */
  #oursOfHost: () => number = () => 0;
  #cards: { seen: readonly CardNow[]; at: number } = { seen: [], at: 0 };

  constructor({ now, platform, memory }: SeenOptions) {
    this.#now = now;
    this.#platform = platform ?? process.platform;
    this.#memory = memory ?? ownMemory();
  }

  /** What torch found; it knows better than anything else what can be rendered on. */
  probed(probe: Probe, oursBytes: number | null): void {
    this.#probe = { probe, oursBytes: oursBytes ?? 0, at: this.#now() };
  }

  worksWith(hostBytes: (() => number) | null): void {
    this.#oursOfHost = hostBytes ?? (() => 0);
  }

  /** The first suspect of a plan whose denoiser failed for no reason that anybody knows is what it can do without. */
  rendered(
    { compile, attention, storage }: Pick<Plan, 'compile' | 'attention' | 'storage'>,
    outcome: RenderOutcome,
  ): void {
    if (outcome.kind !== 'failed' || outcome.failure.cause !== 'internal' || outcome.failure.phase !== 'denoising')
      return;
    if (attention === 'sage') this.#unable.sage = true;
    else if (compile) this.#unable.compiler = true;
    else if (attention === 'cudnn') this.#unable.cudnn = true;
    else if (isProducts(storage.transformer)) this.#unable.products.add(storage.transformer);
  }

  /** The worker could calculate on a card when it was asked last. */
  get hasCard(): boolean {
    const operation = this.#probe?.probe.operation;
    return operation?.kind === 'worked' && operation.device === 'cuda';
  }

  /** What those who watch the cards saw last. */
  saw(cards: readonly CardNow[]): void {
    this.#cards = { seen: cards, at: this.#now() };
  }

  /** The machine as it is now. */
  machine(): PlanMachine {
    const { totalBytes, freeBytes } = this.#memory();
    const usable = Math.min(totalBytes, freeBytes + this.#oursOfHost());
    return { device: this.#device() ?? processor(), host: hostRoom(this.#platform, totalBytes, usable) };
  }

  /** The same without what has failed: for new plans. One that has begun is thought of as it was made. */
  proven(): PlanMachine {
    const { device, host } = this.machine();
    if (device.kind === 'cpu') return { device, host };
    const { sage, compiler, cudnn, products } = this.#unable;
    const able = {
      ...(sage ? { sageAttention: null } : {}),
      ...(compiler ? { compiler: false } : {}),
      ...(cudnn ? { cudnnAttention: null } : {}),
    };
    const without = Object.fromEntries([...products].map((stored) => [productNumbers[stored], null]));
    const eightBitProducts = { ...device.eightBitProducts, ...without };
    return { device: { ...device, ...able, eightBitProducts }, host };
  }

  /** The card that is rendered on, and what plans leave free of it; null for none. */
  card(): { name: string; reserveBytes: number } | null {
    const device = this.#device();
    return device && { name: device.name, reserveBytes: cardReserve(this.#platform, device.totalBytes) };
  }

  #device(): Extract<PlanMachine['device'], { kind: 'cuda' }> | null {
    const probe = this.#probe?.probe;
    const torch = probe?.devices.find(({ kind }) => kind === 'cuda');
    // Torch knows best whether it can calculate there.
    if (probe !== undefined && (torch === undefined || !this.hasCard)) return null;
    const { seen: cards, at } = this.#cards;
    const seen = cards.find(({ card }) => torch === undefined || card.name === torch.name) ?? cards[0];
    const name = torch?.name ?? seen?.card.name;
    const totalBytes = torch?.totalBytes ?? seen?.card.memoryTotal ?? null;
    if (name === undefined || totalBytes === null) return null;
    const { freeBytes, ours, others } = this.#use(torch, seen, totalBytes, at);
    const capability = torch?.capability == null ? null : Number.parseFloat(torch.capability);
    return {
      kind: 'cuda',
      name,
      speed: cardSpeed(name, capability, totalBytes),
      totalBytes,
      roomBytes: deviceRoom(this.#platform, {
        totalBytes,
        freeBytes,
        ours: torch === undefined ? 0 : Math.max(ours, 1),
      }),
      othersBytes: others,
      ...(probe?.abilities ?? untried(this.#platform)),
      growing: this.#platform === 'linux',
    };
  }

  /** Who has what of the card, by whoever looked last. */
  #use(torch: Device | undefined, seen: CardNow | undefined, totalBytes: number, seenAt: number) {
    const { probe, oursBytes = 0, at = 0 } = this.#probe ?? {};
    if (torch !== undefined && (seen?.usedBytes == null || at >= seenAt)) {
      // The worker that looked has its own context on the card already.
      const ours = Math.max(oursBytes, 1);
      return { freeBytes: torch.freeBytes, ours, others: Math.max(0, totalBytes - torch.freeBytes - oursBytes) };
    }
    const used = seen?.usedBytes ?? null;
    const ours = Math.max(seen?.oursBytes ?? 0, probe === undefined ? 0 : 1);
    const freeBytes = used === null ? totalBytes : Math.max(0, totalBytes - used);
    return { freeBytes, ours, others: used === null ? null : Math.max(0, used - ours) };
  }
}

/** In a container less may be allowed than there is; that is asked for once, for it costs as much as a plan. */
function ownMemory(): Memory {
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return () => ({ totalBytes: Math.min(totalmem(), allowed), freeBytes: Math.min(freemem(), allowed) });
}

const processor = (): PlanMachine['device'] => ({
  kind: 'cpu',
  name: cpus()[0]?.model.trim() ?? 'CPU',
  // Two threads share a core, and torch takes the cores.
  cores: Math.max(1, Math.round(availableParallelism() / 2)),
});
