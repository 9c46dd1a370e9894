import { TriangleAlert } from 'lucide-react';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Room } from './Room.tsx';
import styles from './RoomBoundary.module.css';

function Stopped({ error, again }: { error: Error; again: () => void }) {
  const { t } = useTranslation('app');
  return (
    <Room label={t('crash.title')}>
      <div role="alert">
        <EmptyState
          icon={TriangleAlert}
          title={t('crash.title')}
          text={t('crash.text')}
          action={
            <>
              <Button variant="primary" onClick={again}>
                {t('crash.again')}
              </Button>
              <Button onClick={() => location.reload()}>{t('crash.reload')}</Button>
            </>
          }
        />
      </div>
      <details className={styles.detail}>
        <summary>{t('crash.detail')}</summary>
        <pre>{error.stack ?? error.message}</pre>
      </details>
    </Room>
  );
}

/** A room that throws takes nothing else with it. */
export class RoomBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }

  override render() {
    const { error } = this.state;
    return error ? <Stopped error={error} again={() => this.setState({ error: null })} /> : this.props.children;
  }
}
