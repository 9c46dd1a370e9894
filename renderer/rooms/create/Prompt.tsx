import { ImagePlus, Rows3, X } from 'lucide-react';
import { type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Several } from '../../../contract/batch.ts';
import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import { limits } from '../../../contract/render.ts';
import { sitePaths } from '../../../contract/site.ts';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { TextArea } from '../../ui/TextArea.tsx';
import { changeDraft } from './draft.ts';
import type { Obstacle } from './drafting.ts';
import { useFollowed } from './followed.ts';
import styles from './Prompt.module.css';
import { PromptHistory } from './PromptHistory.tsx';
import panel from './SeveralPanel.module.css';
import { SeveralPanel } from './SeveralPanel.tsx';
import type { Wanted } from './several.ts';
import { changeSeveral } from './severalState.ts';
import type { PictureDesk } from './usePicture.ts';
import { WordLists } from './WordLists.tsx';

/** From here on it is worth saying how much is left. */
const nearLimit = limits.prompt * 0.8;

function useCount(text: string): { hint: string | undefined; error: string | undefined } {
  const { t } = useTranslation('create');
  const { number } = useFigures();
  const left = limits.prompt - text.length;
  if (left < 0) {
    const error = t('prompt.tooLong', { max: number(limits.prompt), over: number(-left) });
    return { hint: undefined, error };
  }
  return {
    hint: text.length >= nearLimit ? t('prompt.left', { count: left, number: number(left) }) : undefined,
    error: undefined,
  };
}

function Negative({ draft }: { draft: Draft }) {
  const { t } = useTranslation('create');
  const [open, setOpen] = useState(draft.negativePrompt !== '');
  const { hint, error } = useCount(draft.negativePrompt);
  if (!open && draft.negativePrompt === '') {
    return (
      <Button variant="quiet" size="small" className={styles.fold} onClick={() => setOpen(true)}>
        {t('prompt.negativeOpen')}
      </Button>
    );
  }
  return (
    <div className={styles.negative}>
      <TextArea
        label={t('prompt.negative')}
        hint={hint ?? (draft.guidance > 1 ? t('prompt.negativeHint') : t('prompt.negativeOff'))}
        error={error}
        value={draft.negativePrompt}
        autoFocus={open && draft.negativePrompt === ''}
        onChange={(negativePrompt) => changeDraft({ negativePrompt })}
        onBlur={() => draft.negativePrompt === '' && setOpen(false)}
      />
    </div>
  );
}

/** Words of a prompt that the model never saw, of the clip that is followed. */
function Cut() {
  const { t } = useTranslation('create');
  const followed = useFollowed((state) => state.id);
  const notices = useStudio((state) => state.notices);
  const cuts = notices.flatMap((each) => (each.kind === 'prompt-cut' && each.jobId === followed ? [each] : []));
  // A job that is taken up again tells it again.
  const latest = (['prompt', 'negativePrompt'] as const).flatMap(
    (field) => cuts.findLast((c) => c.field === field) ?? [],
  );
  return latest.map(({ field, limit, cut }) => (
    <p key={field} className={styles.notice} role="status" dir="auto">
      {field === 'prompt' ? t('prompt.cut', { limit, cut }) : t('prompt.cutNegative', { cut })}
    </p>
  ));
}

export function Prompt({
  draft,
  model,
  several,
  wanted,
  desk,
  asked,
  input,
}: {
  draft: Draft;
  model: Model;
  several: Several;
  wanted: Wanted;
  desk: PictureDesk;
  /** What stood against it when it was to be added. */
  asked: Obstacle | null;
  input: RefObject<HTMLTextAreaElement | null>;
}) {
  const { t } = useTranslation('create');
  const file = useRef<HTMLInputElement>(null);
  const { hint, error } = useCount(wanted.kind === 'one' ? wanted.draft.prompt : '');
  const needed = model.task === 'image-to-video' && draft.picture === null;
  const unused = model.task === 'text-to-video' && draft.picture !== null;
  return (
    <section className={styles.card} aria-label={t('prompt.label')}>
      <div className={styles.row}>
        {draft.picture !== null && (
          <div className={styles.picture}>
            <img src={sitePaths.picture(draft.picture)} alt={t('picture.alt')} />
            <IconButton
              className={styles.remove}
              size="small"
              label={t('picture.remove')}
              icon={X}
              onClick={desk.remove}
            />
          </div>
        )}
        <div className={styles.words}>
          <TextArea
            bare
            hideLabel
            label={t('prompt.label')}
            placeholder={t(several.many ? 'several.placeholder' : 'prompt.placeholder')}
            hint={hint}
            error={error ?? (asked === 'prompt-empty' ? t('prompt.empty') : undefined)}
            ref={input}
            value={draft.prompt}
            onChange={(prompt) => changeDraft({ prompt })}
          />
          <Negative draft={draft} />
          <div className={panel.tools}>
            <Button
              variant="quiet"
              size="small"
              icon={Rows3}
              aria-pressed={several.many}
              onClick={() => changeSeveral({ many: !several.many })}
            >
              {t('several.open')}
            </Button>
            <PromptHistory onTaken={() => input.current?.focus()} />
            <WordLists />
          </div>
          {wanted.kind === 'several' && <SeveralPanel several={several} wanted={wanted} />}
        </div>
        <Button icon={ImagePlus} disabled={desk.taking} onClick={() => file.current?.click()}>
          {draft.picture === null ? t('picture.add') : t('picture.change')}
        </Button>
        <input
          ref={file}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => {
            desk.take([...(event.target.files ?? [])]);
            // The same file may be chosen again.
            event.target.value = '';
          }}
        />
      </div>
      {desk.taking && (
        <p className={styles.said} role="status">
          {t('picture.taking')}
        </p>
      )}
      {desk.said && (
        <p className={classes(styles.said, desk.said.tone === 'bad' && styles.bad)} role="status">
          {desk.said.text}
        </p>
      )}
      {needed && !desk.taking && (
        <p className={classes(styles.said, asked === 'picture-needed' && styles.bad)} role="status">
          {t('picture.needed', { model: model.name })}
        </p>
      )}
      {unused && <p className={classes(styles.said, styles.bad)}>{t('picture.noModel')}</p>}
      <Cut />
    </section>
  );
}
