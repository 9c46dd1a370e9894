import type { PlanReason } from '../../contract/plan.ts';
import { figures, words } from './index.ts';

/** Why a plan is as it is, as a sentence. */
export function reasonWords(reason: PlanReason): string {
  const { bytes, number, percent } = figures();
  const decibels = ({ decibels: { ddim, dpm } }: Extract<PlanReason, { decibels: unknown }>) => ({
    ddim: number(ddim),
    dpm: number(dpm),
  });
  switch (reason.kind) {
    case 'streamed':
      return reason.slower < 0.01
        ? words('plan:reason.streamedFree', { bytes: bytes(reason.bytes) })
        : words('plan:reason.streamed', { bytes: bytes(reason.bytes), slower: percent(reason.slower) });
    case 'sequential':
      return words('plan:reason.sequential', { slower: percent(reason.slower) });
    case 'slabs': {
      const { rows, hostBytes } = reason;
      if (rows === null)
        return hostBytes > 0 ? words('plan:reason.wholeAway', { bytes: bytes(hostBytes) }) : words('plan:reason.whole');
      return hostBytes > 0
        ? words('plan:reason.slabsAway', { count: rows, bytes: bytes(hostBytes) })
        : words('plan:reason.slabs', { count: rows });
    }
    case 'from-disk':
    case 'guidance-in-turn':
      return words(`plan:reason.${reason.kind}`, { bytes: bytes(reason.bytes) });
    case 'eight-bit-weights':
    case 'eight-bit-products':
      return words(`plan:reason.${reason.kind}`, { bytes: bytes(reason.bytes), ...decibels(reason) });
    case 'sage-attention':
      return words('plan:reason.sage-attention', decibels(reason));
    case 'cached-steps':
      return words('plan:reason.cached-steps', {
        calculated: number(reason.calculated),
        of: number(reason.of),
        ...decibels(reason),
      });
    case 'processor':
    case 'all-resident':
    case 'in-turn':
    case 'compiled':
    case 'float32':
      return words(`plan:reason.${reason.kind}`);
  }
}
