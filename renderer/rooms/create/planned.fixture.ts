import type { PhasePrediction, Planned } from '../../../contract/plan.ts';

const gib = 2 ** 30;
const phase = (name: PhasePrediction['phase'], device: number | null, host: number): PhasePrediction => ({
  phase: name,
  seconds: 1,
  deviceBytes: device,
  deviceNeed: device,
  hostBytes: host,
});

type Sized = Extract<Planned, { kind: 'too-large' }>;
/** What is said of a clip whose phases need so much, where there is so much of the card (null: none) and of memory. */
export const plannedFor = (device: number | null, needs: [number, number, number], host = 32 * gib): Sized => {
  const [encoding, denoising, decoding] = needs;
  const most = Math.max(...needs);
  return {
    kind: 'too-large',
    room: {
      device: device === null ? 'cpu' : 'cuda',
      name: 'card',
      cardBasis: device === null ? null : 'known',
      deviceBytes: device,
      deviceTotalBytes: device,
      othersBytes: null,
      hostBytes: host,
    },
    prediction: {
      phases: [
        phase('loading', device === null ? null : 0, gib),
        phase('encoding', device === null ? null : encoding, device === null ? encoding : gib),
        phase('denoising', device === null ? null : denoising, device === null ? denoising : gib),
        phase('decoding', device === null ? null : decoding, device === null ? decoding : gib),
        phase('finishing', device === null ? null : 0, gib),
      ],
      ...{ seconds: 5, stepSeconds: 1, deviceNeed: device === null ? null : most, hostBytes: gib, basis: 'known' },
    },
    binds: { phase: 'decoding', resource: device === null ? 'host' : 'device', bytes: most, available: device ?? host },
    remedies: [],
    offered: [],
  };
};
