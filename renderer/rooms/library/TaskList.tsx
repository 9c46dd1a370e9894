import { CircleCheck, CircleX, Save, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { LibraryTask, TaskResult } from '../../../contract/libraryTask.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import styles from './TaskList.module.css';
import { forget, giveUp, save, useTasks } from './tasks.ts';

/** What goes on in the library, and how it ended. */
export function TaskList() {
  const { t } = useTranslation('library');
  const tasks = useTasks((state) => state.tasks);
  if (tasks.length === 0) return null;
  return (
    <section className={styles.region} aria-label={t('task.label')} aria-live="polite">
      <ul className={styles.list}>
        {tasks.map((task) => (
          <One key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function One({ task }: { task: LibraryTask }) {
  const { t } = useTranslation(['library', 'terms']);
  const result = useResultWords();
  const { id, kind, title, state } = task;
  const running = state.kind === 'running';
  const share = running && state.of > 0 ? state.done / state.of : null;
  const waits = state.kind === 'done' && state.result.kind === 'export' && state.result.place === null;
  return (
    <li className={styles.task}>
      <Mark state={state.kind} />
      <div className={styles.words}>
        <p className={styles.title}>{t(`task.${kind}`, { title })}</p>
        {running && <ProgressBar label={t(`task.${kind}`, { title })} value={share} />}
        {state.kind === 'done' && <p className={styles.said}>{result(state.result)}</p>}
        {state.kind === 'failed' && (
          <p className={styles.said} role="alert">
            {t(`task.problems.${state.problem}`)}
          </p>
        )}
        {state.kind === 'cancelled' && <p className={styles.said}>{t(`task.cancelled.${kind}`)}</p>}
      </div>
      {running && (
        <Button size="small" onClick={() => void giveUp(id)}>
          {t('terms:cancel')}
        </Button>
      )}
      {waits && (
        <Button size="small" icon={Save} onClick={() => save(id)}>
          {t('task.save')}
        </Button>
      )}
      {!running && <IconButton size="small" label={t('terms:dismiss')} icon={X} onClick={() => void forget(id)} />}
    </li>
  );
}

function Mark({ state }: { state: LibraryTask['state']['kind'] }) {
  if (state === 'running') return null;
  const Icon = state === 'done' ? CircleCheck : state === 'failed' ? TriangleAlert : CircleX;
  return <Icon size={16} aria-hidden className={styles[state]} />;
}

function useResultWords(): (result: TaskResult) => string {
  const { t } = useTranslation('library');
  const { bytes, number } = useFigures();
  return (result) => {
    switch (result.kind) {
      case 'export':
        return result.place === null
          ? t('task.ready', { size: bytes(result.bytes) })
          : t('task.placed', { place: result.place, size: bytes(result.bytes) });
      case 'move':
        return t(result.left > 0 ? 'task.movedWithLeft' : 'task.moved', {
          count: result.files,
          number: number(result.files),
          size: bytes(result.bytes),
          left: number(result.left),
        });
      case 'import':
        return t('task.imported', {
          added: number(result.added),
          known: number(result.known),
          skipped: number(result.skipped),
        });
    }
  };
}
