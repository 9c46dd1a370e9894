import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Clip, notesLimit } from '../../../contract/clip.ts';
import { TextArea } from '../../ui/TextArea.tsx';
import { note } from './actions.ts';

/** What somebody writes on a clip. Kept when the field is left, with a way back. */
export function Notes({ clip }: { clip: Clip }) {
  const { t } = useTranslation('library');
  const [text, setText] = useState(clip.notes);
  const stored = useRef(clip.notes);
  const typed = useRef(text);
  typed.current = text;
  if (stored.current !== clip.notes) {
    // Told by the studio: undone, or written in another window.
    if (text === stored.current) setText(clip.notes);
    stored.current = clip.notes;
  }
  const { id } = clip;
  const keep = () => {
    const before = stored.current;
    if (typed.current === before) return;
    stored.current = typed.current;
    void note(id, typed.current, before);
  };
  const latest = useRef(keep);
  latest.current = keep;
  // Leaving the clip by a key leaves the field without a word.
  useEffect(() => () => latest.current(), []);
  return (
    <TextArea
      label={t('notes.label')}
      placeholder={t('notes.placeholder')}
      maxLength={notesLimit}
      value={text}
      onChange={setText}
      onBlur={keep}
    />
  );
}
