import './ui/base.css';
import './ui/nonce.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { config } from 'zod';
import { App } from './app/App.tsx';
import { followAppearance } from './app/appearance.ts';
import { followStudio } from './app/follow.ts';
import { languageOf, startWords } from './i18n/index.ts';

// The content security policy forbids code made from text.
config({ jitless: true });

startWords(languageOf('system', navigator.language));
followAppearance();
void followStudio();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
