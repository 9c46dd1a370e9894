import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogueModel, type ModelArchitecture } from '../../../contract/model.ts';
import { cardSpeed } from './cards.ts';
import type { ModelFacts } from './facts.ts';
import { type PlanMachine, untried } from './machine.ts';
import type { PlanJob } from './work.ts';

export const gib = 2 ** 30;

const catalogue = join(import.meta.dirname, '../../../resources/catalogue');
export const catalogueFacts = (id: string): ModelFacts =>
  CatalogueModel.parse(JSON.parse(readFileSync(join(catalogue, `${id}.json`), 'utf8')));
export const catalogueModel = (id: string): ModelArchitecture => catalogueFacts(id).architecture;

/** A machine with just so much room, in GiB. */
export function machineOf(
  card: string,
  deviceRoom: number,
  hostRoom = 64,
  more: Partial<Extract<PlanMachine['device'], { kind: 'cuda' }>> = {},
): PlanMachine {
  // Bytes are whole ones.
  const totalBytes = Math.floor(deviceRoom * gib);
  return {
    device: {
      kind: 'cuda',
      name: card,
      speed: cardSpeed(card, null, totalBytes),
      totalBytes,
      roomBytes: totalBytes,
      othersBytes: 0,
      ...{ ...untried('linux'), growing: true },
      ...more,
    },
    host: {
      totalBytes: hostRoom * gib,
      roomBytes: hostRoom * gib,
      pinnableBytes: 0.8 * hostRoom * gib,
      locksFiles: true,
    },
  };
}

export const sixSeconds: PlanJob = { width: 720, height: 480, frames: 49, steps: 50, guided: true, picture: false };
export const large: PlanJob = { ...sixSeconds, width: 1360, height: 768, frames: 81 };
