/** A session and what it tells, for tests that look at it from inside its own process. */
import { join } from 'node:path';
import { createRouterClient, ORPCError, type RouterClient } from '@orpc/server';
import type { EngineState } from '../contract/engine.ts';
import type { StudioEvent } from '../contract/events.ts';
import { Refusal } from '../contract/refusal.ts';
import { type Abilities, openSession, type Session } from '../electron/studio/session/index.ts';
import type { SupervisorOptions } from '../electron/studio/sidecar/index.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { openStudio, type Studio } from '../electron/studio/studio.ts';
import { oneThread, root } from './cli.ts';

export interface Open {
  studio: Studio;
  session: Session;
  client: RouterClient<Session['router']>;
  events: StudioEvent[];
  /** Resolves with the first event from now on, or so far, that is of this kind. */
  seen<E extends StudioEvent>(is: (event: StudioEvent) => event is E): Promise<E>;
  /** From here on nothing was heard yet. */
  forget(): void;
  close(): Promise<void>;
}

/** Those that a test left open. */
export const opened = new Set<Open>();

interface Opening {
  environment?: string;
  worker?: Partial<SupervisorOptions>;
  abilities?: Partial<Abilities>;
}

/** A studio that stays open in this process, with the real worker. */
export function open(home: string, { environment, worker, abilities }: Opening = {}): Open {
  const usual = dataPaths(home);
  const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
  const studio = openStudio({
    paths: { ...usual, environment: environment ?? usual.environment },
    program,
    worker: { env: oneThread, ...worker },
  });
  const opening = openSession(studio, {
    ...{ host: 'web', version: '0', locale: 'en', engineAfterMs: 0 },
    ...{ reveal: null, chooseFolder: null, dragOut: null, power: null },
    ...abilities,
  });
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
    forget: () => events.splice(0),
    async close() {
      if (!opened.delete(made)) return;
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
