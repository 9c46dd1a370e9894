import { useEffect, useRef, useState } from 'react';
import type { Job } from '../../../contract/job.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { inOrder, isSettled, moveOf, putTo } from './order.ts';

/** Those that wait, in the order that was asked for until the studio has it so. */
export function useReorder(waiting: readonly Job[]): [readonly Job[], (id: string, place: number) => void] {
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const unanswered = useRef(0);
  const pending = asked !== null && !isSettled(waiting, asked) ? asked : null;
  const shown = inOrder(waiting, pending);

  // Everything was answered and yet it is otherwise: another window had its own wish, and the studio's order holds.
  useEffect(() => {
    if (unanswered.current === 0) setAsked(null);
  }, [waiting]);

  const move = (id: string, place: number) => {
    const order = putTo(
      shown.map((job) => job.id),
      id,
      place,
    );
    setAsked(order);
    unanswered.current += 1;
    void told(client.queue.move(moveOf(order, id))).then((answer) => {
      unanswered.current -= 1;
      if (answer === null) setAsked(null);
    });
  };
  return [shown, move];
}
