import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { changeDraft, useDraft } from '../create/draft.ts';
import { cut } from '../create/drafting.ts';
import { applied, type PresetField, saidBy, wayBack } from './apply.ts';
import { presetName } from './presetWords.ts';

/** Takes fields of a document over into Create, with a way back. Null when there is no draft to take them into. */
export function takeOver(document: PresetDocument, fields: readonly PresetField[], name: string): void {
  const { draft } = useDraft.getState();
  if (!draft) return;
  const next = applied(draft, document, fields, useStudio.getState().models);
  const back = wayBack(draft, next);
  changeDraft(next);
  toast({
    text: words(document.loras.length > 0 ? 'presets:adapters.applied' : 'presets:compare.applied', { name }),
    action: { label: words('terms:undo'), run: () => changeDraft(back) },
  });
}

/** Which preset Create began from. */
export const remember = (id: string | null): void => {
  if (useStudio.getState().settings.preset !== id) void told(client.settings.change({ preset: id }));
};

/** Everything of it, and on to Create. */
export function putToUse(preset: Preset): void {
  takeOver(preset.document, saidBy(preset.document), presetName(preset));
  remember(preset.id);
  show('create');
}

export async function duplicate(preset: Preset): Promise<void> {
  const name = cut(
    words('presets:copyOf', { name: preset.origin === 'golden' ? presetName(preset) : preset.document.name }),
    presetLimits.name,
  );
  const made = await told(client.presets.duplicate({ id: preset.id, name }));
  if (made === null) return;
  toast({ text: words('presets:duplicated', { name: presetName(made) }) });
  show('presets', made.id);
}

/** With a way back for thirty days, of which the message is the shortest. */
export async function remove(preset: Preset): Promise<boolean> {
  if ((await told(client.presets.remove({ ids: [preset.id] }))) === null) return false;
  toast({
    text: words('presets:deleted', { name: presetName(preset) }),
    action: {
      label: words('terms:undo'),
      run: () => void told(client.presets.restore({ ids: [preset.id] })),
    },
  });
  return true;
}

/** The host asks where to, or has its place for it. */
export function download(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
