import { FileUp, ListPlus, Plus, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { batchLimits, type Wildcard } from '../../../contract/batch.ts';
import { limits } from '../../../contract/render.ts';
import { wildcardName } from '../../../contract/template.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextArea } from '../../ui/TextArea.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import styles from './PromptHistory.module.css';
import { readWildcards, removeWildcard, setWildcard, useWildcards } from './severalState.ts';

/** Larger files are no lists of words. */
const fileLimit = 4 * 2 ** 20;

interface Writing {
  /** What it was called before; null for a new one. */
  was: string | null;
  name: string;
  text: string;
}

const empty: Writing = { was: null, name: '', text: '' };
const writingOf = ({ name, entries }: Wildcard): Writing => ({ was: name, name, text: entries.join('\n') });

const entriesOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/\r\n?|\n/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

/** The user's own lists, from which `__name__` in a prompt draws. */
export function WordLists() {
  const { t } = useTranslation(['create', 'terms']);
  const { number } = useFigures();
  const [open, setOpen] = useState(false);
  const lists = useWildcards((state) => state.lists) ?? [];
  const [writing, setWriting] = useState<Writing>(empty);
  const file = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (open) void readWildcards();
  }, [open]);

  const entries = entriesOf(writing.text);
  const name = writing.name.trim();
  const problem =
    name !== '' && !wildcardName.test(name)
      ? t('lists.badName')
      : entries.length > batchLimits.wildcardEntries || entries.some((entry) => entry.length > limits.prompt)
        ? t('lists.tooLong', { max: number(batchLimits.wildcardEntries) })
        : undefined;
  const save = async () => {
    if (!(await setWildcard({ name, entries }))) return;
    if (writing.was !== null && writing.was !== name) await removeWildcard(writing.was);
    setWriting({ was: name, name, text: entries.join('\n') });
  };
  const remove = async () => {
    if (writing.was !== null) await removeWildcard(writing.was);
    setWriting(empty);
  };
  const bring = async (chosen: File | undefined) => {
    if (chosen === undefined || chosen.size > fileLimit) return;
    const text = await chosen.text();
    const called = chosen.name
      .replace(/\.[^.]*$/, '')
      .replace(/[^\p{L}\p{N}-]+/gu, '-')
      .replace(/^-+|-+$/g, '');
    setWriting((now) => ({ ...now, name: now.name || called.slice(0, 40), text }));
  };

  return (
    <>
      <Button variant="quiet" size="small" icon={ListPlus} onClick={() => setOpen(true)}>
        {t('lists.open')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} size="wide" title={t('lists.title')} description={t('lists.about')}>
        <div className={styles.lists}>
          <div>
            <ul className={styles.names}>
              {lists.map((list) => (
                <li key={list.name}>
                  <button
                    type="button"
                    aria-current={list.name === writing.was}
                    onClick={() => setWriting(writingOf(list))}
                  >
                    {list.name}
                  </button>
                </li>
              ))}
            </ul>
            <Button variant="quiet" size="small" icon={Plus} onClick={() => setWriting(empty)}>
              {t('lists.new')}
            </Button>
          </div>
          <div className={styles.editor}>
            <TextInput
              label={t('lists.name')}
              value={writing.name}
              error={problem}
              hint={name === '' ? undefined : t('lists.use', { word: `__${name}__` })}
              onChange={(next) => setWriting({ ...writing, name: next })}
            />
            <TextArea
              label={t('lists.entries')}
              hint={t('lists.count', { count: entries.length, number: number(entries.length) })}
              value={writing.text}
              onChange={(text) => setWriting({ ...writing, text })}
            />
            <div className={styles.row}>
              <Button
                variant="primary"
                disabled={name === '' || entries.length === 0 || problem !== undefined}
                onClick={() => void save()}
              >
                {t('lists.save')}
              </Button>
              <Button icon={FileUp} onClick={() => file.current?.click()}>
                {t('lists.import')}
              </Button>
              {writing.was !== null && (
                <Button icon={Trash2} onClick={() => void remove()}>
                  {t('terms:remove')}
                </Button>
              )}
              <input
                ref={file}
                type="file"
                accept=".txt,text/plain"
                hidden
                onChange={(event) => {
                  void bring(event.target.files?.[0]);
                  event.target.value = '';
                }}
              />
            </div>
          </div>
        </div>
      </Dialog>
    </>
  );
}
