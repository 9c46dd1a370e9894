import { ListVideo, Play, Sparkles } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { EngineState } from '../../../contract/engine.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EngineCard } from './EngineCard.tsx';
import { exampleKeys, examples } from './examples.ts';
import { Finished } from './Finished.tsx';
import { useFollowed } from './followed.ts';
import { Rendering } from './Rendering.tsx';
import styles from './Stage.module.css';
import { Stopped } from './Stopped.tsx';
import { type Stage as Showing, stageOf } from './stage.ts';
import { Trouble } from './Trouble.tsx';

function Empty({ starting, onExample }: { starting: boolean; onExample: (prompt: string) => void }) {
  const { t } = useTranslation('create');
  return (
    <EmptyState
      icon={Sparkles}
      title={t('empty.title')}
      text={t('empty.text')}
      action={
        <div className={styles.invitation}>
          <ul className={styles.examples}>
            {exampleKeys.map((key) => (
              <li key={key}>
                <Button onClick={() => onExample(examples[key])}>{t(`examples.${key}`)}</Button>
              </li>
            ))}
          </ul>
          <p className={styles.dim}>{starting ? t('empty.starting') : t('empty.picture')}</p>
        </div>
      }
    />
  );
}

/** For those who listen: that it is done. What failed is told in every room. */
function Ending({ stage }: { stage: Showing }) {
  const { t } = useTranslation('create');
  return (
    <p role="status" className="visually-hidden">
      {stage.kind === 'done' && t('done.told')}
    </p>
  );
}

/** The heart of the room: what comes into being, what came of it, or an invitation. */
export function Stage({ onExample }: { onExample: (prompt: string) => void }) {
  const followed = useFollowed((state) => state.id);
  const seen = useStudio(useShallow(({ engine, queue, jobs, lastDone }) => ({ engine, queue, jobs, lastDone })));
  const stage = stageOf({ ...seen, followed });
  return (
    <>
      <Ending stage={stage} />
      <Shown stage={stage} engine={seen.engine} onExample={onExample} />
    </>
  );
}

function Shown({
  stage,
  engine,
  onExample,
}: {
  stage: Showing;
  engine: EngineState;
  onExample: (prompt: string) => void;
}) {
  const { t } = useTranslation('create');
  switch (stage.kind) {
    case 'rendering':
      return <Rendering key={stage.job.id} job={stage.job} />;
    case 'failed':
      return <Trouble key={stage.job.id} job={stage.job} />;
    case 'stopped':
      return <Stopped key={stage.job.id} job={stage.job} />;
    case 'done':
      return <Finished key={stage.job.id} job={stage.job} />;
    default:
      return (
        <div className={styles.place}>
          <div className={styles.stage}>
            {stage.kind === 'engine' && <EngineCard engine={engine} waits={stage.job !== null} />}
            {stage.kind === 'next' && <p className={styles.waiting}>{t('next')}</p>}
            {stage.kind === 'held' && (
              <EmptyState
                icon={ListVideo}
                title={t('held.title')}
                text={t('held.text')}
                action={
                  <Button variant="primary" icon={Play} onClick={() => void told(client.queue.resume())}>
                    {t('held.resume')}
                  </Button>
                }
              />
            )}
            {stage.kind === 'empty' && <Empty starting={engine.kind === 'starting'} onExample={onExample} />}
          </div>
        </div>
      );
  }
}
