import i18next from 'i18next';
import { useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Settings } from '../../contract/settings.ts';
import app from './en/app.ts';
import create from './en/create.ts';
import failures from './en/failures.ts';
import library from './en/library.ts';
import machine from './en/machine.ts';
import plan from './en/plan.ts';
import presets from './en/presets.ts';
import queue from './en/queue.ts';
import recovery from './en/recovery.ts';
import refusals from './en/refusals.ts';
import settings from './en/settings.ts';
import terms from './en/terms.ts';
import welcome from './en/welcome.ts';
import { type Figures, figuresOf, type Language } from './words.ts';
import zhApp from './zh-CN/app.ts';
import zhCreate from './zh-CN/create.ts';
import zhFailures from './zh-CN/failures.ts';
import zhLibrary from './zh-CN/library.ts';
import zhMachine from './zh-CN/machine.ts';
import zhPlan from './zh-CN/plan.ts';
import zhPresets from './zh-CN/presets.ts';
import zhQueue from './zh-CN/queue.ts';
import zhRecovery from './zh-CN/recovery.ts';
import zhRefusals from './zh-CN/refusals.ts';
import zhSettings from './zh-CN/settings.ts';
import zhTerms from './zh-CN/terms.ts';
import zhWelcome from './zh-CN/welcome.ts';

const en = {
  ...{ app, terms, create, queue, library, plan, presets, machine, settings, welcome },
  ...{ refusals, failures, recovery },
};
const zh = {
  app: zhApp,
  terms: zhTerms,
  create: zhCreate,
  queue: zhQueue,
  library: zhLibrary,
  plan: zhPlan,
  presets: zhPresets,
  machine: zhMachine,
  settings: zhSettings,
  welcome: zhWelcome,
  refusals: zhRefusals,
  failures: zhFailures,
  recovery: zhRecovery,
};

export const resources: Record<Language, Record<keyof typeof en, object>> = { en, 'zh-CN': zh };

const namespaces = [
  'app',
  'terms',
  'create',
  'queue',
  'library',
  'plan',
  'presets',
  'machine',
  'settings',
  'welcome',
  'refusals',
  'failures',
  'recovery',
] as const;

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
