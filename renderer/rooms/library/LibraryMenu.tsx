import { Ellipsis, FolderInput, HardDrive, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../../ui/Confirm.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { FolderDialog, type FolderTask } from './FolderDialog.tsx';
import { rebuildLibrary } from './tasks.ts';

/** What is done with the library as a whole. */
export function LibraryMenu() {
  const { t } = useTranslation('library');
  const [folder, setFolder] = useState<FolderTask | null>(null);
  const [rebuilding, setRebuilding] = useState(false);
  return (
    <>
      <Menu
        trigger={<IconButton label={t('menu.label')} icon={Ellipsis} />}
        items={[
          { label: t('menu.import'), icon: FolderInput, run: () => setFolder('import') },
          { label: t('menu.move'), icon: HardDrive, run: () => setFolder('move') },
          { label: t('menu.rebuild'), icon: RotateCw, run: () => setRebuilding(true) },
        ]}
      />
      <FolderDialog task={folder} onClose={() => setFolder(null)} />
      <Confirm
        open={rebuilding}
        onOpenChange={setRebuilding}
        title={t('rebuild.title')}
        text={t('rebuild.text')}
        action={t('rebuild.action')}
        onConfirm={() => void rebuildLibrary()}
      />
    </>
  );
}
