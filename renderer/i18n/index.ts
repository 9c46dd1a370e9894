import i18next from 'i18next';
import { useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Settings } from '../../contract/settings.ts';
import en from './en/index.ts';
import { type Figures, figuresOf, type Language } from './words.ts';
import zh from './zh-CN/index.ts';

export const resources: Record<Language, Record<keyof typeof en, object>> = { en, 'zh-CN': zh };

const { app, ...others } = en;
/** The frame's own first: a key without a namespace is one of them. */
const namespaces = ['app', ...Object.keys(others)] as ['app', ...(keyof typeof others)[]];

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: typeof en;
  }
}

/** Each in its own words, so that those who read it find it. */
export const languageNames: Record<Language, string> = { en: 'English', 'zh-CN': '简体中文' };

/** The language that somebody who chose none reads best. */
export function languageOf(setting: Settings['language'], locale: string): Language {
  if (setting !== 'system') return setting;
  return locale.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** Words are there before anything is drawn. */
export function startWords(language: Language): void {
  void i18next.use(initReactI18next).init({
    resources,
    lng: language,
    fallbackLng: 'en',
    defaultNS: 'app',
    ns: namespaces,
    initAsync: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  document.documentElement.lang = language;
}

export function speak(language: Language): void {
  if (i18next.language === language) return;
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}

/** For words outside of components, by "namespace:key". They are those of the moment. */
export const words = i18next.getFixedT(null, namespaces);

const known = (language: string): Language => (language === 'zh-CN' ? 'zh-CN' : 'en');

/** Numbers, durations, bytes and dates in the language of the moment. */
export const figures = (): Figures => figuresOf(known(i18next.language));

/** The same for a component, which is drawn again when the language changes. */
export function useFigures(): Figures {
  const { i18n } = useTranslation();
  const language = known(i18n.language);
  return useMemo(() => figuresOf(language), [language]);
}

/** Sentences, one after the other as they are written in the language of the moment. */
export const together = (sentences: readonly (string | null)[]): string =>
  sentences.filter(Boolean).join(figures().language === 'en' ? ' ' : '');
