import { useTranslation } from 'react-i18next';
import { WelcomeRoom } from '../rooms/welcome/WelcomeRoom.tsx';
import { Tooltips } from '../ui/Tooltip.tsx';
import { Toaster } from '../ui/toast.tsx';
import styles from './App.module.css';
import { LostConnection } from './LostConnection.tsx';
import { Shell } from './Shell.tsx';
import { useStudio } from './store.ts';

export function App() {
  const { t } = useTranslation('app');
  const known = useStudio((state) => state.known);
  const lost = useStudio(({ connection }) => connection === 'lost' || connection === 'denied');
  const welcomed = useStudio((state) => state.settings.welcomed);
  return (
    <>
      {known && (welcomed ? <Shell /> : <WelcomeRoom />)}
      {!known && !lost && (
        <main className={styles.wait}>
          <h1 className="visually-hidden">Reelwright</h1>
          <p role="status">{t('connection.connecting')}</p>
        </main>
      )}
      {lost && <LostConnection alone={!known} />}
      <Toaster />
      <Tooltips />
    </>
  );
}
