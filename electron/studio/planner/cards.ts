import type { CardBasis } from '../../../contract/plan.ts';

/** What decides how fast a card renders. */
export interface CardSpeed {
  basis: CardBasis;
  /** Dense tensor operations a second in half precision, summed in float32, as published. */
  halfRate: number;
  /** Bytes a second of its own memory. */
  bandwidth: number;
  /** Bytes a second from the host, as they come through. */
  link: number;
  capability: number;
}

const tera = 1e12;
const giga = 1e9;

/** Bytes a second that come through a link of sixteen lanes, by its generation. */
const links: Record<number, number> = { 3: 12 * giga, 4: 24 * giga, 5: 45 * giga };
const eightLanes = (generation: number) => (links[generation] ?? 0) / 2;

type Row = readonly [halfTera: number, memoryGigabytes: number];
interface Generation {
  capability: number;
  link: number;
  cards: Record<string, Row>;
}

/** By NVML's and torch's name without the maker's. Laptops' cards are given at a middling power limit. */
const generations: readonly Generation[] = [
  {
    capability: 7.5,
    link: links[3] ?? 0,
    cards: {
      ...{ 'RTX 2060': [25.8, 336], 'RTX 2060 SUPER': [28.7, 448], 'RTX 2070': [29.9, 448] },
      ...{ 'RTX 2070 SUPER': [36.3, 448], 'RTX 2080': [40.3, 448], 'RTX 2080 SUPER': [44.6, 496] },
      ...{ 'RTX 2080 Ti': [53.8, 616], 'TITAN RTX': [130.5, 672], T4: [50, 320] },
      ...{ 'Quadro RTX 5000': [89, 448], 'Quadro RTX 6000': [130.5, 672], 'Quadro RTX 8000': [130.5, 672] },
    },
  },
  { capability: 7.0, link: links[3] ?? 0, cards: { V100: [112, 900] } },
  {
    capability: 8.6,
    link: links[4] ?? 0,
    cards: {
      ...{ 'RTX 3060': [25.5, 360], 'RTX 3060 Ti': [32.4, 448], 'RTX 3070': [40.6, 448], 'RTX 3070 Ti': [43.5, 608] },
      ...{ 'RTX 3080': [59.5, 760], 'RTX 3080 Ti': [68.2, 912], 'RTX 3090': [71.2, 936], 'RTX 3090 Ti': [80, 1008] },
      ...{ 'RTX 3060 Laptop': [21, 336], 'RTX 3070 Laptop': [29, 448], 'RTX 3070 Ti Laptop': [31, 448] },
      ...{ 'RTX 3080 Laptop': [35, 448], 'RTX 3080 Ti Laptop': [43, 512] },
      ...{ 'RTX A4000': [76.7, 448], 'RTX A4500': [94.6, 640], 'RTX A5000': [111, 768], 'RTX A6000': [154.8, 768] },
      ...{ A10: [125, 600], A10G: [70, 600], A40: [149.7, 696] },
    },
  },
  {
    capability: 8.6,
    link: eightLanes(4),
    cards: {
      A2: [18.1, 200],
      'RTX 3050': [18.2, 224],
      'RTX 3050 Laptop': [10, 192],
      'RTX 3050 Ti Laptop': [10.6, 192],
    },
  },
  {
    capability: 8.0,
    link: links[4] ?? 0,
    cards: { A30: [165, 933], A100: [312, 1555], 'A100 80GB': [312, 1935], A800: [312, 1935] },
  },
  {
    capability: 8.9,
    link: links[4] ?? 0,
    cards: {
      ...{ 'RTX 4070': [58.3, 504], 'RTX 4070 SUPER': [71, 504], 'RTX 4070 Ti': [80.2, 504] },
      ...{ 'RTX 4070 Ti SUPER': [88.2, 672], 'RTX 4080': [97.5, 717], 'RTX 4080 SUPER': [104.4, 736] },
      ...{ 'RTX 4090': [165.2, 1008], 'RTX 4090 D': [147, 1008] },
      ...{ 'RTX 4080 Laptop': [48, 432], 'RTX 4090 Laptop': [62, 576] },
      ...{ 'RTX 4000 Ada': [106, 360], 'RTX 4500 Ada': [158, 432], 'RTX 5000 Ada': [261, 576] },
      ...{ 'RTX 6000 Ada': [364, 960], L4: [90, 300], L20: [119.5, 864], L40: [181, 864], L40S: [362, 864] },
    },
  },
  {
    capability: 8.9,
    link: eightLanes(4),
    cards: {
      ...{ 'RTX 4060': [30.2, 272], 'RTX 4060 Ti': [44.1, 288], 'RTX 4050 Laptop': [18, 192] },
      ...{ 'RTX 4060 Laptop': [23, 256], 'RTX 4070 Laptop': [31, 256] },
    },
  },
  {
    capability: 9.0,
    link: 25 * giga,
    cards: {
      ...{ H100: [989, 3350], 'H100 PCIe': [756, 2000], 'H100 NVL': [835, 3900] },
      ...{ H200: [989, 4800], GH200: [989, 4000], H800: [756, 2000], H20: [148, 4000] },
    },
  },
  { capability: 10.0, link: links[5] ?? 0, cards: { B200: [2250, 8000] } },
  {
    capability: 12.0,
    link: links[5] ?? 0,
    cards: {
      ...{ 'RTX 5070': [61.7, 672], 'RTX 5070 Ti': [87.9, 896], 'RTX 5080': [112.6, 960], 'RTX 5090': [209.5, 1792] },
      ...{ 'RTX 5090 D': [209.5, 1792], 'RTX 5080 Laptop': [45, 896], 'RTX 5090 Laptop': [60, 896] },
      ...{ 'RTX 5070 Ti Laptop': [35, 672], 'RTX PRO 6000 Blackwell': [503, 1792] },
    },
  },
  {
    capability: 12.0,
    link: eightLanes(5),
    cards: {
      ...{ 'RTX 5050': [26.3, 320], 'RTX 5060': [38.4, 448], 'RTX 5060 Ti': [47.4, 448], 'RTX 5050 Laptop': [20, 384] },
      ...{ 'RTX 5060 Laptop': [25, 384], 'RTX 5070 Laptop': [28, 384] },
    },
  },
];

const known = new Map(
  generations.flatMap(({ capability, link, cards }) =>
    Object.entries(cards).map(([name, [half, memory]]): [string, CardSpeed] => [
      keyOf(name),
      { basis: 'known', halfRate: half * tera, bandwidth: memory * giga, link, capability },
    ]),
  ),
);

/** Names of the cards that are known, as people write them. */
export const knownCards: readonly string[] = generations.flatMap(({ cards }) => Object.keys(cards)).sort();

/** A name without what not everybody writes: maker, brand, size of the memory, how it is built in. */
function keyOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/a100.*?80 ?gb.*/, 'a100large')
    .replace(/h100.*?pcie.*/, 'h100card')
    .replace(/h100.*?nvl.*/, 'h100pair')
    .replace(/nvidia|geforce|tesla|generation|edition|workstation|server|gpu|sxm\d?|pcie|hbm\d/g, ' ')
    .replace(/\d+ ?gi?b\b/g, ' ');
  return plain.replace(/[^a-z0-9]+/g, '');
}

/**
 * A card by the name that NVML, torch or a person gives it. One that is not known is guessed at by its generation and
 * memory, with the slowest of its kind in mind, so that it is rather faster than was said.
 */
export function cardSpeed(name: string, capability: number | null, totalBytes: number): CardSpeed {
  const found = known.get(keyOf(name));
  if (found !== undefined) return found;
  const generation = capability ?? (/gtx|quadro|titan/i.test(name) ? 7.5 : 8.6);
  const gibibytes = totalBytes / 2 ** 30;
  const large = gibibytes >= 40 ? 4 : gibibytes >= 22 ? 2.2 : gibibytes >= 14 ? 1.4 : 1;
  const [half, memory] = guesses.find(([from]) => generation >= from)?.[1] ?? [12, 180];
  return {
    basis: 'guessed',
    halfRate: half * large * tera,
    bandwidth: memory * large * giga,
    link: 10 * giga,
    capability: generation,
  };
}

/** By capability, the newest first: what the slowest card of that generation does. */
const guesses: readonly (readonly [number, Row])[] = [
  [12, [20, 320]],
  [10, [400, 1600]],
  [9, [250, 800]],
  [8.9, [18, 190]],
  [8.6, [10, 190]],
  [8, [80, 450]],
  [7.5, [20, 250]],
  [7, [40, 400]],
];
