import { ImageDown, PackageX } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { saveEdited, useEditing } from '../queue/editing.ts';
import { addDraft, addSeveral } from './addDraft.ts';
import styles from './CreateRoom.module.css';
import { changeDraft, useDraft } from './draft.ts';
import { type Obstacle, obstacle } from './drafting.ts';
import { EditingBar } from './EditingBar.tsx';
import { FitMeter } from './FitMeter.tsx';
import { Inspector } from './Inspector.tsx';
import { Prompt } from './Prompt.tsx';
import { Stage } from './Stage.tsx';
import { type Wanted, wantedOf } from './several.ts';
import { readWildcards, severalNow, useSeveral, useWildcards, wildcardValues } from './severalState.ts';
import { useFit } from './useFit.ts';
import { usePicture } from './usePicture.ts';

function Add({ draft, wanted, blocked, add }: { draft: Draft; wanted: Wanted; blocked: boolean; add: () => void }) {
  const { t } = useTranslation(['create', 'queue']);
  const editing = useEditing((state) => state.job !== null);
  const { number, about } = useFigures();
  const several = wanted.kind === 'several' && wanted.problem === null ? wanted.count : null;
  const planned = useFit(draft);
  const seconds = planned && 'plan' in planned ? planned.prediction.seconds : null;
  return (
    <div className={styles.add}>
      <FitMeter draft={draft} planned={planned} />
      {several !== null && seconds !== null && (
        <p className={styles.time}>{t('add.time', { time: about(seconds * several) })}</p>
      )}
      {/* It stays pressable: whoever presses it is told what is missing. */}
      <Button variant={blocked ? 'plain' : 'primary'} size="large" className={styles.button} onClick={add}>
        {editing
          ? t('queue:editing.save')
          : several === null
            ? t('add.button')
            : t('several.add', { count: several, number: number(several) })}{' '}
        <Kbd keys="Mod+Enter" />
      </Button>
    </div>
  );
}

/** What stands against adding it: the words of several are looked at where they are shown. */
function obstacleOf(wanted: Wanted, draft: Draft, model: Model): Obstacle | null {
  if (wanted.kind === 'one') return obstacle(wanted.draft, model);
  return obstacle({ ...draft, prompt: wanted.first[0] ?? 'x' }, model) ?? (wanted.problem === null ? null : 'several');
}

function Writing({ draft, model }: { draft: Draft; model: Model }) {
  const { t } = useTranslation(['create', 'app']);
  const desk = usePicture();
  const prompt = useRef<HTMLTextAreaElement>(null);
  const adding = useRef(false);
  const [asked, setAsked] = useState<Obstacle | null>(null);
  const several = useSeveral();
  const lists = useWildcards((state) => state.lists);
  useEffect(() => void readWildcards(), []);
  const wanted = useMemo(() => wantedOf(draft, several, wildcardValues(lists)), [draft, several, lists]);
  const against = obstacleOf(wanted, draft, model);

  const add = useCallback(async () => {
    const now = useDraft.getState().draft;
    if (!now || adding.current) return;
    const asked = wantedOf(now, severalNow(), wildcardValues(useWildcards.getState().lists));
    const problem = obstacleOf(asked, now, model);
    setAsked(problem);
    if (problem) return prompt.current?.focus();
    adding.current = true;
    if (asked.kind === 'several') await addSeveral(asked.batch);
    else if (useEditing.getState().job) await saveEdited(asked.draft);
    else await addDraft(asked.draft);
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
      label={t('app:rooms.create')}
      inspectorLabel={t('inspector')}
      inspector={
        <div className={styles.inspector}>
          <Inspector draft={draft} model={model} />
          <Add draft={draft} wanted={wanted} blocked={against !== null} add={() => void add()} />
        </div>
      }
    >
      <h1 className="visually-hidden">{t('app:rooms.create')}</h1>
      <div className={styles.room}>
        {/* What was missing is said until it is no longer missing. */}
        <EditingBar />
        <Prompt
          draft={draft}
          model={model}
          several={several}
          wanted={wanted}
          desk={desk}
          asked={asked === against ? asked : null}
          input={prompt}
        />
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
  const { t } = useTranslation(['create', 'app']);
  const draft = useDraft((state) => state.draft);
  const model = useStudio((state) => state.models.find(({ id }) => id === draft?.model) ?? null);
  const dataFolder = useStudio((state) => state.about?.dataFolder ?? '');
  if (draft && model) return <Writing draft={draft} model={model} />;
  return (
    <Room label={t('app:rooms.create')}>
      <EmptyState icon={PackageX} title={t('model.none')} text={t('model.noneText', { folder: dataFolder })} />
    </Room>
  );
}
