import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { CalibrationEvent, MeasuredPhase, Planned, PlanQuery, Verdict } from '../plan.ts';
import { get, post } from './asked.ts';

export const plan = {
  for: post('/plan', 'How a clip would be made here, and what it would take').input(PlanQuery).output(Planned),
  /** In the order in which they were asked for. */
  verdicts: post('/plan/verdicts', 'Whether clips can be made here, many at once')
    .input(z.object({ items: z.array(PlanQuery).max(500) }))
    .output(z.array(Verdict)),
  measured: get('/plan/measured', 'What clips took here, beside what was predicted').output(z.array(MeasuredPhase)),
  calibrate: post(
    '/plan/calibrate',
    'Make a few short clips to know this machine better, for as long as somebody listens',
  )
    .input(PlanQuery)
    .output(eventIterator(CalibrationEvent)),
  forget: post('/plan/forget', 'Forget what was measured here').output(z.void()),
};
