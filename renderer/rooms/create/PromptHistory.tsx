import { History } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asTemplate } from '../../../contract/template.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { SearchInput } from '../../ui/SearchInput.tsx';
import { changeDraft } from './draft.ts';
import styles from './PromptHistory.module.css';

/** The last prompts, to take one up again. Nothing of them leaves the machine. */
export function PromptHistory({ onTaken }: { onTaken: () => void }) {
  const { t } = useTranslation('create');
  const [open, setOpen] = useState(false);
  const [prompts, setPrompts] = useState<readonly string[]>([]);
  const [search, setSearch] = useState('');
  useEffect(() => {
    if (!open) return;
    setSearch('');
    void told(client.prompts.history()).then((read) => read !== null && setPrompts(read));
  }, [open]);
  const words = search.toLowerCase().split(/\s+/);
  const found = prompts.filter((prompt) => words.every((word) => prompt.toLowerCase().includes(word)));
  const take = (prompt: string) => {
    changeDraft({ prompt: asTemplate(prompt) });
    setOpen(false);
    // Once the dialog has given the focus back.
    requestAnimationFrame(() => setTimeout(onTaken));
  };
  return (
    <>
      <Button variant="quiet" size="small" icon={History} onClick={() => setOpen(true)}>
        {t('history.open')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} size="wide" title={t('history.title')}>
        <div className={styles.history}>
          <SearchInput label={t('history.search')} value={search} onChange={setSearch} />
          {found.length === 0 ? (
            <p className={styles.none}>{t(prompts.length === 0 ? 'history.none' : 'history.notFound')}</p>
          ) : (
            <ul className={styles.list}>
              {found.map((prompt) => (
                <li key={prompt}>
                  <button type="button" dir="auto" onClick={() => take(prompt)}>
                    {prompt}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </div>
      </Dialog>
    </>
  );
}
