import { ImageDown } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { addDraft } from './addDraft.ts';
import styles from './CreateRoom.module.css';
import { changeDraft, useDraft } from './draft.ts';
import { type Obstacle, obstacle } from './drafting.ts';
import { wholeSeconds } from './expected.ts';
import { Inspector } from './Inspector.tsx';
import { Prompt } from './Prompt.tsx';
import { Stage } from './Stage.tsx';
import { useExpected } from './useExpected.ts';
import { usePicture } from './usePicture.ts';

function Add({ draft, blocked, add }: { draft: Draft; blocked: boolean; add: () => void }) {
  const { t } = useTranslation('create');
  const { about } = useFigures();
  const expected = useExpected(draft);
  return (
    <div className={styles.add}>
      {expected && <p className={styles.time}>{t('add.time', { time: about(wholeSeconds(expected)) })}</p>}
      {/* It stays pressable: whoever presses it is told what is missing. */}
      <Button variant={blocked ? 'plain' : 'primary'} size="large" className={styles.button} onClick={add}>
        {t('add.button')} <Kbd keys="Mod+Enter" />
      </Button>
    </div>
  );
}

function Writing({ draft, model }: { draft: Draft; model: Model }) {
  const { t } = useTranslation(['create', 'common']);
  const desk = usePicture();
  const prompt = useRef<HTMLTextAreaElement>(null);
  const adding = useRef(false);
  const [asked, setAsked] = useState<Obstacle | null>(null);
  const against = obstacle(draft, model);

  const add = useCallback(async () => {
    const now = useDraft.getState().draft;
    const problem = now && obstacle(now, model);
    setAsked(problem);
    if (problem) return prompt.current?.focus();
    if (!now || adding.current) return;
    adding.current = true;
    await addDraft(now);
    adding.current = false;
  }, [model]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return;
      event.preventDefault();
      void add();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [add]);

  const onExample = (words: string) => {
    changeDraft({ prompt: words });
    prompt.current?.focus();
  };

  return (
    <Room
      fill
      label={t('common:rooms.create')}
      inspectorLabel={t('inspector')}
      inspector={
        <div className={styles.inspector}>
          <Inspector draft={draft} model={model} />
          <Add draft={draft} blocked={against !== null} add={() => void add()} />
        </div>
      }
    >
      <h1 className="visually-hidden">{t('common:rooms.create')}</h1>
      <div className={styles.room}>
        {/* What was missing is said until it is no longer missing. */}
        <Prompt draft={draft} model={model} desk={desk} asked={asked === against ? asked : null} input={prompt} />
        <Stage onExample={onExample} />
        {desk.over && (
          <div className={styles.over}>
            <EmptyState icon={ImageDown} title={t('picture.drop')} text={t('picture.dropText')} />
          </div>
        )}
      </div>
    </Room>
  );
}

export function CreateRoom() {
  const { t } = useTranslation(['create', 'common']);
  const draft = useDraft((state) => state.draft);
  const model = useStudio((state) => state.models.find(({ id }) => id === draft?.model) ?? null);
  if (draft && model) return <Writing draft={draft} model={model} />;
  return (
    <Room label={t('common:rooms.create')}>
      <EmptyState icon={ImageDown} title={t('model.none')} />
    </Room>
  );
}
