import { type ComponentType, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CreateRoom } from '../rooms/create/CreateRoom.tsx';
import { LibraryRoom } from '../rooms/library/LibraryRoom.tsx';
import { MachineRoom } from '../rooms/machine/MachineRoom.tsx';
import { PresetDialogs } from '../rooms/presets/PresetDialogs.tsx';
import { PresetsRoom } from '../rooms/presets/PresetsRoom.tsx';
import { EndingDialog } from '../rooms/queue/EndingDialog.tsx';
import { QueueRoom } from '../rooms/queue/QueueRoom.tsx';
import { ChooseDialog } from '../rooms/recovery/ChooseDialog.tsx';
import { RecoveryTold } from '../rooms/recovery/RecoveryTold.tsx';
import { SettingsRoom } from '../rooms/settings/SettingsRoom.tsx';
import { useShortcuts } from './keyboard.ts';
import { type Room, useRoom } from './navigation.ts';
import { Rail } from './Rail.tsx';
import { RoomBoundary } from './RoomBoundary.tsx';
import styles from './Shell.module.css';
import { Shortcuts } from './Shortcuts.tsx';
import { Strip } from './strip/Strip.tsx';

const drawn: Record<Room, ComponentType> = {
  create: CreateRoom,
  queue: QueueRoom,
  library: LibraryRoom,
  presets: PresetsRoom,
  machine: MachineRoom,
  settings: SettingsRoom,
};

export function Shell() {
  const { t } = useTranslation('app');
  const { room } = useRoom();
  const shortcuts = useShortcuts();
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(room);
  const Drawn = drawn[room];

  useEffect(() => {
    document.title = `${t(`rooms.${room}`)} · Reelwright`;
    if (before.current === room) return;
    before.current = room;
    // Whoever came by keyboard goes on in the room, unless the room itself knows a better place.
    if (!place.current?.contains(document.activeElement)) place.current?.querySelector('main')?.focus();
  }, [room, t]);

  return (
    <div className={styles.shell}>
      <Rail room={room} />
      <div className={styles.place} ref={place}>
        <RoomBoundary key={room}>
          <Drawn />
        </RoomBoundary>
      </div>
      <section className={styles.strip} data-region="strip" aria-label={t('strip')}>
        <Strip />
      </section>
      <PresetDialogs />
      <EndingDialog />
      <ChooseDialog />
      <RecoveryTold />
      <Shortcuts open={shortcuts.open} onOpenChange={shortcuts.setOpen} />
    </div>
  );
}
