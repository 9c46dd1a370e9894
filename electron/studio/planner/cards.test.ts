import { describe, expect, it } from 'vitest';
import { cardSpeed } from './cards.ts';
import { gib } from './machine.fixture.ts';

describe('cards', () => {
  it.each([
    ['NVIDIA GeForce RTX 3060', 25.5],
    ['NVIDIA GeForce RTX 3060 Laptop GPU', 21],
    ['rtx 4090', 165.2],
    ['NVIDIA GeForce RTX 4060 Ti', 44.1],
    ['NVIDIA RTX 6000 Ada Generation', 364],
    ['NVIDIA H100 80GB HBM3', 989],
    ['NVIDIA H100 PCIe', 756],
    ['NVIDIA A100-SXM4-80GB', 312],
    ['Tesla V100-SXM2-16GB', 112],
    ['NVIDIA RTX PRO 6000 Blackwell Workstation Edition', 503],
  ])('%s is known', (name, half) => {
    expect(cardSpeed(name, null, 24 * gib)).toMatchObject({ basis: 'known', halfRate: half * 1e12 });
  });

  it('of a name that nobody knows are guessed at, slowly, and it is said', () => {
    const guessed = cardSpeed('NVIDIA GeForce RTX 7070', 14, 16 * gib);
    expect(guessed.basis).toBe('guessed');
    expect(guessed.halfRate).toBeLessThan(cardSpeed('RTX 5060', null, 8 * gib).halfRate);
    expect(cardSpeed('', null, 0).halfRate).toBeGreaterThan(0);
  });
});
