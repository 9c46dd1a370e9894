import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clipName, clipNameLimit, clipNameWords, unknownWords } from '../../../contract/clipName.ts';
import type { Settings, SettingsChange } from '../../../contract/settings.ts';
import { TextInput } from '../../ui/TextInput.tsx';

const example = { model: 'paper-world', seed: 8423, at: new Date(2026, 10, 22, 21, 30, 5) };

/** How new clips are named, and what comes of it. Kept when the field is left. */
export function ClipNames({
  pattern,
  change,
}: {
  pattern: string;
  change: (what: SettingsChange) => Promise<Settings | null>;
}) {
  const { t } = useTranslation('settings');
  const [typed, setTyped] = useState(pattern);
  useEffect(() => setTyped(pattern), [pattern]);
  const wanted = typed.trim();
  const unknown = unknownWords(wanted);
  const preview = clipName(wanted, { ...example, prompt: t('clips.namesExample') }, 1);
  const keep = () => {
    if (wanted === '') setTyped(pattern);
    else if (wanted !== pattern && unknown.length === 0) void change({ clipNames: wanted });
  };
  return (
    <TextInput
      label={t('clips.names')}
      hint={t('clips.namesHint', { words: clipNameWords.map((word) => `{${word}}`).join(' '), name: `${preview}.mp4` })}
      error={unknown.length > 0 ? t('clips.namesUnknown', { word: `{${unknown[0]}}` }) : undefined}
      value={typed}
      maxLength={clipNameLimit}
      spellCheck={false}
      onChange={setTyped}
      onBlur={keep}
      onKeyDown={(event) => event.key === 'Enter' && keep()}
    />
  );
}
