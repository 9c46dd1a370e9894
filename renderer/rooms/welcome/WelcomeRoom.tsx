import { ArrowRight, Clapperboard } from 'lucide-react';
import { RadioGroup } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { languages } from '../../../contract/settings.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { languageNames, languageOf } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { addDraft } from '../create/addDraft.ts';
import { draftFor, firstModel } from '../create/drafting.ts';
import { type Example, exampleKeys, examples } from '../create/examples.ts';
import styles from './WelcomeRoom.module.css';

/** The model that the examples are written for. */
const starter = 'paper-world';

const isExample = (value: string): value is Example => value in examples;

/** The first minute: one choice, one button, and a clip comes into being. Seen once, or again where settings were lost. */
export function WelcomeRoom() {
  const { t } = useTranslation(['welcome', 'create']);
  const engine = useStudio((state) => state.engine.kind);
  const model = useStudio(({ models }) => models.find(({ id }) => id === starter) ?? firstModel(models));
  const language = useStudio((state) => languageOf(state.settings.language, state.about?.locale ?? navigator.language));
  const [picked, setPicked] = useState<Example>('balloon');
  const [leaving, setLeaving] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = 'Reelwright';
    title.current?.focus();
  }, []);

  const leave = async (make: boolean) => {
    setLeaving(true);
    const draft = make && model ? { ...draftFor(model), prompt: examples[picked] } : null;
    const added = draft === null || (await addDraft(draft));
    if (added) {
      show('create');
      await told(client.settings.change({ welcomed: true, ...(draft && { draft }) }));
    }
    setLeaving(false);
  };

  return (
    <main className={styles.room} data-region="room" tabIndex={-1}>
      <div className={styles.language}>
        <Segmented
          label={t('language')}
          value={language}
          options={languages.map((value) => ({ value, label: languageNames[value] }))}
          onChange={(chosen) => void told(client.settings.change({ language: chosen }))}
        />
      </div>
      <div className={styles.column}>
        <Clapperboard className={styles.mark} size={40} strokeWidth={1.5} aria-hidden />
        <h1 ref={title} tabIndex={-1} className={styles.title}>
          {t('title')}
        </h1>
        <p className={styles.text}>{t('text')}</p>
        <h2 id="pick" className={styles.pick}>
          {t('pick')}
        </h2>
        <RadioGroup.Root
          className={styles.cards}
          aria-labelledby="pick"
          value={picked}
          onValueChange={(value) => isExample(value) && setPicked(value)}
        >
          {exampleKeys.map((key) => (
            <RadioGroup.Item
              key={key}
              value={key}
              className={classes(styles.card, styles[key])}
              // However short the arrow key was pressed, the one with the focus is the one that is picked.
              onFocus={() => setPicked(key)}
            >
              <span className={styles.words}>{t(`create:examples.${key}`)}</span>
            </RadioGroup.Item>
          ))}
        </RadioGroup.Root>
        <div className={styles.actions}>
          <Button variant="quiet" size="large" disabled={leaving} onClick={() => void leave(false)}>
            {t('skip')}
          </Button>
          {model && (
            <Button
              variant="primary"
              size="large"
              icon={ArrowRight}
              disabled={leaving}
              onClick={() => void leave(true)}
            >
              {t('make')}
            </Button>
          )}
        </div>
        <p className={styles.engine} role="status">
          {t(`engine.${engine}`)}
        </p>
      </div>
    </main>
  );
}
