import { z } from 'zod';
import { Probe } from './worker.ts';

/** What `reelwright doctor` finds. `problems` are sentences for people, each with what to do; none means all is well. */
export const DoctorReport = z.object({
  reelwright: z.string(),
  node: z.string(),
  platform: z.string(),
  home: z.string(),
  freeDiskBytes: z.number(),
  /** What is kept to save time, and can be thrown away. */
  cacheBytes: z.number(),
  processor: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  graphics: z.array(z.object({ name: z.string(), memoryBytes: z.number().nullable() })),
  environment: z.string().nullable(),
  importSeconds: z.number().nullable(),
  probe: Probe.nullable(),
  models: z.array(z.object({ id: z.string(), kind: z.enum(['good', 'damaged', 'unverified']) })),
  problems: z.array(z.string()),
});
export type DoctorReport = z.infer<typeof DoctorReport>;
