import { FolderOpen, RotateCcw } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { About } from '../../../contract/api.ts';
import type { FolderProblem } from '../../../contract/refusal.ts';
import type { Settings, SettingsChange } from '../../../contract/settings.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import { toast } from '../../ui/toast.tsx';
import styles from './SettingsRoom.module.css';

type Typed =
  | { kind: 'resting' }
  | { kind: 'checking'; path: string }
  | { kind: 'typed'; path: string; problem: FolderProblem | null };

/** Where new clips go: chosen in the system's dialog, or typed and looked at where there is none. */
export function ClipsFolder({
  about,
  chosen,
  change,
}: {
  about: About;
  chosen: string | null;
  change: (what: SettingsChange) => Promise<Settings | null>;
}) {
  const { t } = useTranslation('settings');
  const [typed, setTyped] = useState<Typed>({ kind: 'resting' });
  const now = chosen ?? about.clipsFolder;

  const use = async (path: string) => {
    if (!(await change({ clipsFolder: path }))) return setTyped({ kind: 'typed', path, problem: null });
    setTyped({ kind: 'resting' });
    toast({ text: words('settings:clips.changed', { path }) });
  };
  const choose = async () => {
    const path = await told(client.settings.chooseFolder());
    if (path === null) return;
    const checked = await told(client.settings.checkFolder({ path }));
    if (checked?.problem) toast({ text: words(`refusals:folder.${checked.problem}`, { path }), tone: 'bad' });
    else if (checked) await use(path);
  };
  const check = async (event: FormEvent) => {
    event.preventDefault();
    const path = typed.kind === 'resting' ? now : typed.path.trim();
    if (path === '' || path === now) return setTyped({ kind: 'resting' });
    setTyped({ kind: 'checking', path });
    const answer = await told(client.settings.checkFolder({ path }));
    if (answer && !answer.problem) await use(path);
    else setTyped({ kind: 'typed', path, problem: answer?.problem ?? null });
  };
  const own = chosen !== null && (
    <Button variant="quiet" icon={RotateCcw} onClick={() => change({ clipsFolder: null })}>
      {t('clips.own')}
    </Button>
  );

  if (about.canChooseFolder) {
    return (
      <div className={styles.folder}>
        <div>
          <p className={styles.label}>{t('clips.folder')}</p>
          <p className={styles.path}>{now}</p>
        </div>
        <div className={styles.buttons}>
          {own}
          <Button icon={FolderOpen} onClick={() => void choose()}>
            {t('clips.choose')}
          </Button>
        </div>
      </div>
    );
  }
  const error =
    typed.kind === 'typed' && typed.problem
      ? words(`refusals:folder.${typed.problem}`, { path: typed.path })
      : undefined;
  return (
    <form className={styles.typed} onSubmit={(event) => void check(event)}>
      <TextInput
        label={t('clips.path')}
        hint={typed.kind === 'checking' ? t('clips.checking') : t('clips.pathHint')}
        error={error}
        spellCheck={false}
        value={typed.kind === 'resting' ? now : typed.path}
        onChange={(path) => setTyped({ kind: 'typed', path, problem: null })}
      />
      {(typed.kind !== 'resting' || own) && (
        <div className={styles.buttons}>
          {own}
          {typed.kind !== 'resting' && (
            <Button type="submit" disabled={typed.kind === 'checking'}>
              {t('clips.use')}
            </Button>
          )}
        </div>
      )}
    </form>
  );
}
