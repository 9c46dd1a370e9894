import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { presetLimits } from '../../../contract/preset.ts';
import { limits } from '../../../contract/render.ts';
import { sitePaths } from '../../../contract/site.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { told } from '../../app/told.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextArea } from '../../ui/TextArea.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import { toast } from '../../ui/toast.tsx';
import { remember } from './actions.ts';
import { closeDialog } from './dialogs.ts';
import { documentOf, nameFrom, type PresetSource, tagsIn } from './documentOf.ts';
import { Facts } from './Facts.tsx';
import styles from './SavePreset.module.css';

/** Where the maker's name is found again, on this machine only. */
const madeBy = 'reelwright.author';

/** Keeps settings under a name: those of Create, or of a clip. */
export function SavePreset({ source }: { source: PresetSource }) {
  const { t } = useTranslation(['presets', 'terms']);
  const form = useId();
  const { prompt, negativePrompt, seed } = source.settings;
  const [name, setName] = useState(() => nameFrom(prompt));
  const [author, setAuthor] = useState(() => localStorage.getItem(madeBy) ?? '');
  const [note, setNote] = useState('');
  const [tags, setTags] = useState('');
  const tooLong = prompt.length > limits.prompt || negativePrompt.length > limits.prompt;
  const [withPrompt, setWithPrompt] = useState(prompt !== '' && !tooLong);
  const [withSeed, setWithSeed] = useState(false);
  const [asked, setAsked] = useState(false);
  const [still, setStill] = useState(source.clip !== null);
  const document = documentOf(source, { name, author, note, tags: tagsIn(tags), withPrompt, withSeed });
  const nameless = name.trim() === '';

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (nameless) return;
    const made = await told(client.presets.create({ document, clip: still ? source.clip : null }));
    if (made === null) return;
    localStorage.setItem(madeBy, author.trim());
    if (source.clip === null || source.settings.seed === null) remember(made.id);
    closeDialog();
    toast({
      text: t('save.saved', { name: document.name }),
      action: { label: t('save.show'), run: () => show('presets', made.id) },
    });
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => open || closeDialog()}
      title={t('save.title')}
      footer={
        <>
          <Button variant="quiet" onClick={closeDialog}>
            {t('terms:cancel')}
          </Button>
          <Button variant="primary" type="submit" form={form}>
            {t('save.action')}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={(event) => void save(event)}>
        <TextInput
          label={t('save.name')}
          value={name}
          autoFocus
          maxLength={presetLimits.name}
          error={asked && nameless ? t('save.nameMissing') : undefined}
          onChange={setName}
        />
        <TextArea
          label={t('save.note')}
          hint={t('save.noteHint')}
          value={note}
          maxLength={presetLimits.note}
          onChange={setNote}
        />
        <TextInput label={t('save.tags')} hint={t('save.tagsHint')} value={tags} onChange={setTags} />
        <TextInput
          label={t('save.author')}
          hint={t('save.authorHint')}
          value={author}
          maxLength={presetLimits.author}
          onChange={setAuthor}
        />
        {tooLong && <p className={styles.still}>{t('save.promptTooLong', { max: limits.prompt })}</p>}
        {prompt !== '' && !tooLong && (
          <Switch label={t('save.withPrompt')} checked={withPrompt} onChange={setWithPrompt} />
        )}
        {seed !== null && (
          <Switch
            label={t('save.withSeed')}
            hint={t('save.withSeedHint', { seed })}
            checked={withSeed}
            onChange={setWithSeed}
          />
        )}
        {source.clip !== null && still && (
          <div className={styles.still}>
            <img src={sitePaths.poster(source.clip)} alt="" onError={() => setStill(false)} />
            <p>{t('save.thumbnail')}</p>
          </div>
        )}
        <section className={styles.facts} aria-label={t('save.settings')}>
          <Facts document={document} />
        </section>
      </form>
    </Dialog>
  );
}
