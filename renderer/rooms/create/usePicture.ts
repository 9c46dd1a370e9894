import { useCallback, useEffect, useRef, useState } from 'react';
import type { Picture } from '../../../contract/draft.ts';
import { useStudio } from '../../app/store.ts';
import { modelName } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { refusalWords } from '../../i18n/refusal.ts';
import { changeDraft, useDraft } from './draft.ts';
import { withoutPicture, withPicture } from './drafting.ts';
import { carriesFiles, pictureFiles, type Taken, takePicture } from './takePicture.ts';

export interface PictureDesk {
  /** A file is held over the room. */
  over: boolean;
  /** A picture is on its way in. */
  taking: boolean;
  /** Why the last one was not taken, or what was changed of it. */
  said: { tone: 'bad' | 'plain'; text: string } | null;
  take: (files: readonly File[]) => void;
  remove: () => void;
}

function changesWords({ changes }: Picture): string | null {
  if (changes.length === 0) return null;
  const list = changes.map((change) => words(`create:picture.changes.${change}`)).join(words('create:picture.and'));
  return words('create:picture.changed', { changes: list });
}

function problemWords(taken: Exclude<Taken, { kind: 'taken' }>): string {
  if (taken.kind === 'refused') return refusalWords(taken.refusal, modelName);
  return taken.kind === 'unreadable' ? words('create:picture.unreadable') : words('create:picture.notTaken');
}

/** Pictures that come in by drop, by paste or by choice, anywhere in the room. */
export function usePicture(): PictureDesk {
  const [over, setOver] = useState(false);
  const [taking, setTaking] = useState(false);
  const [said, setSaid] = useState<PictureDesk['said']>(null);
  const abort = useRef<AbortController | null>(null);
  const wordsModel = useRef<string | null>(null);

  const take = useCallback(async (files: readonly File[]) => {
    const [file] = files;
    if (!file) return;
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setTaking(true);
    setSaid(null);
    const taken = await takePicture(file, mine.signal).catch(() => null);
    // Another one took its place, or the room was left.
    if (taken === null || mine.signal.aborted) return;
    setTaking(false);
    if (taken.kind !== 'taken') return setSaid({ tone: 'bad', text: problemWords(taken) });
    const { draft } = useDraft.getState();
    if (draft?.picture === null) wordsModel.current = draft.model;
    changeDraft((now) => withPicture(now, taken.picture.id, useStudio.getState().models));
    const text = changesWords(taken.picture) ?? (files.length > 1 ? words('create:picture.several') : null);
    setSaid(text === null ? null : { tone: 'plain', text });
  }, []);

  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      // Out of the window, not onto another element of it.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      void take([...(event.dataTransfer?.files ?? [])]);
    };
    const onPaste = (event: ClipboardEvent) => {
      const files = pictureFiles(event.clipboardData);
      if (files.length === 0) return;
      event.preventDefault();
      void take(files);
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('dragleave', onDragLeave);
    window.addEventListener('drop', onDrop);
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('dragleave', onDragLeave);
      window.removeEventListener('drop', onDrop);
      window.removeEventListener('paste', onPaste);
      abort.current?.abort();
    };
  }, [take]);

  const remove = () => {
    abort.current?.abort();
    setTaking(false);
    setSaid(null);
    changeDraft((now) => withoutPicture(now, useStudio.getState().models, wordsModel.current));
  };
  return { over, taking, said, take: (files) => void take(files), remove };
}
