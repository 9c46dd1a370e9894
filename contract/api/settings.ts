import { z } from 'zod';
import { FolderProblem } from '../refusal.ts';
import { Settings, SettingsChange } from '../settings.ts';
import { get, post } from './asked.ts';

export const settings = {
  get: get('/settings', 'What is remembered').output(Settings),
  change: post('/settings', 'Change what is remembered').input(SettingsChange).output(Settings),
  /** Desktop: asks in the system's own dialog. Null when nothing was chosen. */
  chooseFolder: post('/settings/choose-folder', 'Choose a folder in a dialog').output(z.string().nullable()),
  checkFolder: post('/settings/check-folder', 'Whether clips can be written there')
    .input(z.object({ path: z.string().min(1).max(4096) }))
    .output(z.object({ problem: FolderProblem.nullable() })),
};
