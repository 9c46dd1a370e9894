import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Clip, notesLimit } from '../../../contract/clip.ts';
import { TextArea } from '../../ui/TextArea.tsx';
import { note } from './actions.ts';

/** What somebody writes on a clip. Kept when the field is left, with a way back. */
export function Notes({ clip }: { clip: Clip }) {
  const { t } = useTranslation('library');
  const [text, setText] = useState(clip.notes);
  const told = useRef(clip.notes);
  /** What was told, or is on its way to the studio. */
  const stored = useRef(clip.notes);
  const typed = useRef(text);
  typed.current = text;
  if (told.current !== clip.notes) {
    // Undone, or written in another window; what is being written here stays.
    if (text === stored.current) setText(clip.notes);
    told.current = stored.current = clip.notes;
  }
  const { id } = clip;
  const keep = () => {
    const before = stored.current;
    if (typed.current === before) return;
    stored.current = typed.current;
    // What was not taken stays in the field, and is tried again when it is left again.
    void note(id, typed.current, before).then((taken) => {
      if (!taken) stored.current = before;
    });
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
