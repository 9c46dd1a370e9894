import { usePresetDialog } from './dialogs.ts';
import { EditPreset } from './EditPreset.tsx';
import { ReceivedDialog } from './ReceivedDialog.tsx';
import { SavePreset } from './SavePreset.tsx';
import { SharePreset } from './SharePreset.tsx';
import { useDrops } from './useDrops.ts';

/** Stands once in the window: what is asked about presets, and what comes in, whatever room is open. */
export function PresetDialogs() {
  const open = usePresetDialog((state) => state.open);
  useDrops();
  return (
    <>
      {open.kind === 'save' && <SavePreset source={open.source} />}
      {open.kind === 'edit' && <EditPreset key={open.preset.id} preset={open.preset} />}
      {open.kind === 'share' && <SharePreset key={open.preset.id} preset={open.preset} />}
      <ReceivedDialog />
    </>
  );
}
