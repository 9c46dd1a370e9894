import type { Plan } from '../../../contract/render.ts';
import type { Device, Probe } from '../../../contract/worker.ts';
import { plainPlan } from './plain.ts';

/**
 * How a model runs on what the probe found: on the card when torch can use one, else on the processor.
 * CogVideoX-2B was trained in float16 and the larger ones give black frames in it, so cards from
 * compute capability 8.0 use bfloat16, older ones float16, and the processor float32.
 */
export function plan(probe: Pick<Probe, 'devices' | 'operation'>): Plan {
  const card = probe.devices.find((device) => device.kind === 'cuda');
  const usable = card !== undefined && probe.operation.kind === 'worked' && probe.operation.device === 'cuda';
  return usable ? plainPlan('cuda', hasBfloat16(card) ? 'bfloat16' : 'float16') : plainPlan('cpu', 'float32');
}

const hasBfloat16 = (card: Device) => Number.parseFloat(card.capability ?? '0') >= 8;
