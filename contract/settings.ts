import { z } from 'zod';
import { Several } from './batch.ts';
import { clipNameLimit, usualClipName } from './clipName.ts';
import { Draft } from './draft.ts';
import { named } from './named.ts';
import { RecoveryPolicy } from './recovery.ts';

export const languages = ['en', 'zh-CN'] as const;

/** What is remembered between two starts. Everything has a default, so that what a newer version wrote can be read. */
export const Settings = named('Settings', {
  language: z.enum(['system', ...languages]).catch('system'),
  theme: z.enum(['system', 'dark', 'light']).catch('system'),
  /** When a clip is done and the window is not in front. */
  notify: z.boolean().catch(true),
  sound: z.boolean().catch(true),
  /** Absolute folder for new clips; null for the studio's own. */
  clipsFolder: z.string().min(1).nullable().catch(null),
  /** How their files are named: `contract/clipName.ts` says with which words. */
  clipNames: z.string().min(1).max(clipNameLimit).catch(usualClipName),
  /** What closing the window does while a clip is being made. */
  whenQuitting: z.enum(['ask', 'background', 'stop']).catch('ask'),
  /** What happens when a render fails and can go on another way. */
  recovery: RecoveryPolicy.catch('countdown'),
  welcomed: z.boolean().catch(false),
  /** Whether Create shows the preview while denoising. */
  preview: z.boolean().catch(true),
  draft: Draft.nullable().catch(null),
  /** How Create makes several clips of one text. */
  several: Several.catch({ many: false, count: 1, seeds: '', slots: {} }),
  /** The preset that Create was last given. */
  preset: z.string().max(64).nullable().catch(null),
});
export type Settings = z.infer<typeof Settings>;

/** What changes; the rest stays. */
export const SettingsChange = z
  .object({
    language: z.enum(['system', ...languages]),
    theme: z.enum(['system', 'dark', 'light']),
    notify: z.boolean(),
    sound: z.boolean(),
    clipsFolder: z.string().min(1).max(4096).nullable(),
    clipNames: z.string().min(1).max(clipNameLimit),
    whenQuitting: z.enum(['ask', 'background', 'stop']),
    recovery: RecoveryPolicy,
    welcomed: z.boolean(),
    preview: z.boolean(),
    draft: Draft.nullable(),
    several: Several,
    preset: z.string().max(64).nullable(),
  })
  .partial();
export type SettingsChange = z.infer<typeof SettingsChange>;
