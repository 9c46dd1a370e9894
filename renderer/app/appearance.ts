import { languageOf, speak } from '../i18n/index.ts';
import { type StudioState, useStudio } from './store.ts';

/** Where the theme of the last time is found before the studio answers, so that nothing flashes. */
const remembered = 'reelwright.theme';
const light = window.matchMedia('(prefers-color-scheme: light)');

function paint(theme: StudioState['settings']['theme']): void {
  const chosen = theme === 'system' ? (light.matches ? 'light' : 'dark') : theme;
  document.documentElement.dataset['theme'] = chosen;
}

/** Keeps theme and language as the settings and the system want them. */
export function followAppearance(): void {
  const before = localStorage.getItem(remembered);
  paint(before === 'light' || before === 'dark' ? before : 'system');
  light.addEventListener('change', () => useStudio.getState().known && paint(useStudio.getState().settings.theme));
  useStudio.subscribe(({ known, settings, about }, last) => {
    if (!known || (settings === last.settings && about === last.about && last.known)) return;
    paint(settings.theme);
    localStorage.setItem(remembered, settings.theme);
    speak(languageOf(settings.language, about?.locale ?? navigator.language));
  });
}
