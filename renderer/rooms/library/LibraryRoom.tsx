import { useEffect, useRef } from 'react';
import { useRoom } from '../../app/navigation.ts';
import { ClipDetail } from './ClipDetail.tsx';
import { Clips } from './Clips.tsx';
import { Compare } from './Compare.tsx';
import { comparedIn } from './compared.ts';
import { followTasks } from './tasks.ts';
import { useReadingKnown } from './useCollections.ts';
import { useReading } from './useLibrary.ts';

/** All clips, or the one that is open. */
export function LibraryRoom() {
  const { id } = useRoom();
  useReading();
  useReadingKnown();
  const wasOpen = useRef(false);
  useEffect(() => {
    wasOpen.current = id !== null;
  }, [id]);
  useEffect(followTasks, []);
  const compared = id === null ? null : comparedIn(id);
  if (compared !== null) return <Compare ids={compared} />;
  return id === null ? <Clips cameBack={wasOpen.current} /> : <ClipDetail id={id} />;
}
