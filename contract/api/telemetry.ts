import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { CardUser, History, HistoryQuery, Machine, Sample } from '../telemetry.ts';
import { get } from './asked.ts';

export const telemetry = {
  machine: get('/telemetry/machine', 'What the machine is made of').output(Machine),
  samples: get('/telemetry/samples', 'Readings, from now on').output(eventIterator(Sample)),
  history: get('/telemetry/history', 'Readings of the past')
    .input(
      HistoryQuery.extend({
        card: z.string().nullable().default(null),
        seconds: z.coerce.number().pipe(HistoryQuery.shape.seconds),
        points: z.coerce.number().pipe(HistoryQuery.shape.points),
      }),
    )
    .output(History),
  users: get('/telemetry/users', 'Who holds memory of a card')
    .input(z.object({ card: z.string() }))
    .output(z.array(CardUser)),
};
