import { FolderOpen } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import styles from './ExportDialog.module.css';
import { importFolder, moveLibrary } from './tasks.ts';

export type FolderTask = 'import' | 'move';

/** Asks for a folder: by the system's dialog where there is one, else by its path on the studio's machine. */
export function FolderDialog({ task, onClose }: { task: FolderTask | null; onClose: () => void }) {
  return task === null ? null : <Asking key={task} task={task} onClose={onClose} />;
}

function Asking({ task, onClose }: { task: FolderTask; onClose: () => void }) {
  const { t } = useTranslation(['library', 'terms']);
  const canChoose = useStudio((state) => state.about?.canChooseFolder === true);
  const [path, setPath] = useState('');
  const [plain, setPlain] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const folder = path.trim();
    if (folder === '') return;
    if (await (task === 'import' ? importFolder(folder, plain) : moveLibrary(folder))) onClose();
  };
  const choose = async () => {
    const chosen = await told(client.settings.chooseFolder());
    if (chosen !== null) setPath(chosen);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`folder.${task}.title`)}
      description={t(`folder.${task}.text`)}
    >
      <form className={styles.fields} onSubmit={(event) => void submit(event)}>
        <TextInput
          label={t('folder.path')}
          value={path}
          spellCheck={false}
          maxLength={4096}
          onChange={setPath}
          autoFocus
        />
        {canChoose && (
          <div>
            <Button icon={FolderOpen} onClick={() => void choose()}>
              {t('folder.choose')}
            </Button>
          </div>
        )}
        {task === 'import' && (
          <Switch label={t('folder.plain')} hint={t('folder.plainHint')} checked={plain} onChange={setPlain} />
        )}
        <p className={styles.ask}>
          <Button variant="quiet" onClick={onClose}>
            {t('terms:cancel')}
          </Button>
          <Button type="submit" variant="primary" disabled={path.trim() === ''}>
            {t(`folder.${task}.action`)}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}
