import type { Model } from '../../../contract/model.ts';

type Change = Partial<Omit<Model, 'defaults'>> & { defaults?: Partial<Model['defaults']> };

/** The starter model, with what a test wants otherwise. */
export function modelLike({ defaults, ...rest }: Change): Model {
  return {
    id: 'paper-world',
    name: 'Paper World',
    note: '',
    licence: 'Apache-2.0',
    family: 'cogvideox',
    task: 'text-to-video',
    shape: { sideMultiple: 16, framesMultiple: 8, maxFrames: 17 },
    files: [],
    folder: '/models/paper-world',
    verified: true,
    ...rest,
    defaults: { width: 256, height: 160, frames: 17, fps: 8, steps: 16, guidance: 3, scheduler: 'ddim', ...defaults },
  };
}
