import { z } from 'zod';
import { MeasuredPhase, Planned, PlanQuery, Verdict } from '../plan.ts';
import { get, post } from './asked.ts';

export const plan = {
  for: post('/plan', 'How a clip would be made here, and what it would take').input(PlanQuery).output(Planned),
  /** In the order in which they were asked for. */
  verdicts: post('/plan/verdicts', 'Whether clips can be made here, many at once')
    .input(z.object({ items: z.array(PlanQuery).max(500) }))
    .output(z.array(Verdict)),
  measured: get('/plan/measured', 'What clips took here, beside what was predicted').output(z.array(MeasuredPhase)),
  forget: post('/plan/forget', 'Forget what was measured here').output(z.void()),
};
