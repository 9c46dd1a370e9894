/** A session and what it tells, for tests that look at it from inside its own process. */
import { join } from 'node:path';
import { createRouterClient, ORPCError, type RouterClient } from '@orpc/server';
import type { Draft } from '../contract/draft.ts';
import type { EngineState } from '../contract/engine.ts';
import type { StudioEvent } from '../contract/events.ts';
import { Refusal } from '../contract/refusal.ts';
import { openSession, type Session } from '../electron/studio/session/index.ts';
import type { SupervisorOptions } from '../electron/studio/sidecar/index.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { openStudio, type Studio } from '../electron/studio/studio.ts';
import { oneThread, root } from './cli.ts';

export const small: Draft = {
  ...{ model: 'paper-world', picture: null, prompt: 'a red balloon rising over green hills', negativePrompt: '' },
  ...{ width: 96, height: 64, frames: 17, fps: 8, steps: 8, guidance: 3, scheduler: 'ddim', seed: 11 },
};

export interface Open {
  studio: Studio;
  session: Session;
  client: RouterClient<Session['router']>;
  events: StudioEvent[];
  /** Resolves with the first event from now on, or so far, that is of this kind. */
  seen<E extends StudioEvent>(is: (event: StudioEvent) => event is E): Promise<E>;
  close(): Promise<void>;
}

/** Those that a test left open. */
export const opened = new Set<Open>();

/** A studio that stays open in this process, with the real worker; of another environment where one is given. */
export function open(
  home: string,
  environment = dataPaths(home).environment,
  worker: Partial<SupervisorOptions> = {},
): Open {
  const paths = { ...dataPaths(home), environment };
  const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
  const studio = openStudio({ paths, program, worker: { env: oneThread, ...worker } });
  const abilities = {
    host: 'web',
    version: '0',
    locale: 'en',
    reveal: null,
    chooseFolder: null,
    dragOut: null,
    power: null,
    engineAfterMs: 0,
  } as const;
  const opening = openSession(studio, abilities);
  if (opening.kind === 'busy') throw new Error('Somebody else holds the engine.');
  const { session } = opening;
  const events: StudioEvent[] = [];
  const waiting = new Set<(event: StudioEvent) => void>();
  session.on((event) => {
    events.push(event);
    for (const hear of waiting) hear(event);
  });
  const made: Open = {
    studio,
    session,
    events,
    client: createRouterClient(session.router),
    seen: <E extends StudioEvent>(is: (event: StudioEvent) => event is E) => {
      const before = events.find(is);
      if (before !== undefined) return Promise.resolve(before);
      return new Promise<E>((resolve) => {
        const hear = (event: StudioEvent) => {
          if (!is(event)) return;
          waiting.delete(hear);
          resolve(event);
        };
        waiting.add(hear);
      });
    },
    async close() {
      opened.delete(made);
      await session.stop();
      studio.dispose();
    },
  };
  opened.add(made);
  return made;
}

export const engineIs =
  (kind: EngineState['kind']) =>
  (event: StudioEvent): event is StudioEvent =>
    event.type === 'engine' && event.engine.kind === kind;

type JobEvent = Extract<StudioEvent, { type: 'job' }>;
export type LiveEvent = Extract<StudioEvent, { type: 'live' }>;
export const jobIs =
  (id: string, ...kinds: string[]) =>
  (event: StudioEvent): event is JobEvent =>
    event.type === 'job' && event.job.id === id && kinds.includes(event.job.state.kind);
export const stepOf =
  (id: string, step: number) =>
  (event: StudioEvent): event is LiveEvent =>
    event.type === 'live' &&
    event.live?.jobId === id &&
    event.live.phase === 'denoising' &&
    (event.live.step ?? 0) >= step;
export const refusalOf = (error: unknown) => Refusal.parse(error instanceof ORPCError ? error.data : null);
