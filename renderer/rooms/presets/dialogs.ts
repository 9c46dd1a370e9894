import { create } from 'zustand';
import type { Preset } from '../../../contract/storedPreset.ts';
import type { PresetSource } from './documentOf.ts';

/** What the window asks about presets, from whichever room: at most one thing at a time. */
export type PresetDialog =
  | { kind: 'none' }
  | { kind: 'save'; source: PresetSource }
  | { kind: 'edit'; preset: Preset }
  | { kind: 'share'; preset: Preset };

export const usePresetDialog = create<{ open: PresetDialog }>()(() => ({ open: { kind: 'none' } }));

const put = (open: PresetDialog) => usePresetDialog.setState({ open });

/** Asks for a name and keeps these settings. */
export const savePreset = (source: PresetSource): void => put({ kind: 'save', source });
export const editPreset = (preset: Preset): void => put({ kind: 'edit', preset });
export const sharePreset = (preset: Preset): void => put({ kind: 'share', preset });
export const closeDialog = (): void => put({ kind: 'none' });
