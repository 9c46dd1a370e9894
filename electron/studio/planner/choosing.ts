import type { PhasePrediction, Resource } from '../../../contract/plan.ts';
import type { Phase, Plan } from '../../../contract/render.ts';
import { type Aim, phasesAhead, secondsAhead } from './aims.ts';
import { planChanges } from './changes.ts';
import type { Begun, Neighbourhood } from './neighbours.ts';
import type { Thought } from './prediction.ts';

/** Ways that are thought over after a failure. */
const enough = 5;
/** Less than this makes no difference. */
const noticeable = 0.995;

const needOf = ({ deviceNeed, hostBytes }: PhasePrediction, resource: Resource): number =>
  resource === 'device' ? (deviceNeed ?? 0) : hostBytes;

/** What the way needs in a phase. */
export const needIn = ({ prediction }: Pick<Thought, 'prediction'>, phase: Phase, resource: Resource): number => {
  const found = prediction.phases.find((each) => each.phase === phase);
  return found === undefined ? 0 : needOf(found, resource);
};

/** What there is in all for a plan that goes on; never less than the one that ran so far had of it. */
function roomIn({ machine, fromKept }: Neighbourhood, phase: Phase, resource: Resource, exhausted: Resource | null) {
  const { device, host } = machine;
  const room =
    resource === 'host' ? host.roomBytes : device.kind === 'cpu' ? Number.POSITIVE_INFINITY : device.roomBytes;
  if (resource === exhausted || fromKept === null) return room;
  return Math.max(room, needIn(fromKept, phase, resource));
}

const resources: readonly Resource[] = ['device', 'host'];

export const fits = (
  there: Neighbourhood,
  way: Thought,
  phases: readonly Phase[],
  exhausted: Resource | null,
): boolean =>
  phases.every((phase) =>
    resources.every((resource) => needIn(way, phase, resource) <= roomIn(there, phase, resource, exhausted)),
  );

/** The smallest change first, among equal ones the fastest. */
const sorted = (ways: readonly Thought[], begun: Begun, steps: number): Thought[] =>
  ways
    .map((way) => ({
      way,
      changes: planChanges(begun.plan, way.plan).length,
      seconds: secondsAhead(way.prediction, begun.kept, steps),
    }))
    .filter(({ changes }) => changes > 0)
    .sort((one, other) => one.changes - other.changes || one.seconds - other.seconds)
    .map(({ way }) => way);

/** Of those that are told in the same words, the first. */
function distinct(ways: readonly Thought[], begun: Begun): Thought[] {
  const known = new Set<string>();
  return ways.filter(({ plan }) => {
    const name = JSON.stringify(planChanges(begun.plan, plan));
    return !known.has(name) && known.add(name);
  });
}

/** Ways that need less of what ran out, in a phase that may have been the one: at most `share` of it. */
export function lesserWays(
  there: Neighbourhood,
  begun: Begun,
  steps: number,
  { resource, suspects }: Extract<Aim, { kind: 'less' }>,
  share: number,
): Thought[] {
  const { fromKept } = there;
  const ahead = phasesAhead(begun.kept);
  const isLess = (way: Thought, part: number) =>
    fromKept === null ||
    (suspects.every((phase) => needIn(way, phase, resource) <= needIn(fromKept, phase, resource)) &&
      suspects.some((phase) => needIn(way, phase, resource) <= part * needIn(fromKept, phase, resource)));
  const worst = (way: Thought) => Math.max(...suspects.map((phase) => needIn(way, phase, resource)));
  const least = (ways: readonly Thought[]) =>
    ways.reduce<Thought | null>((one, other) => (one !== null && worst(one) <= worst(other) ? one : other), null);

  const lesser = sorted(
    there.ways().filter((way) => isLess(way, noticeable)),
    begun,
    steps,
  );
  const fitting = lesser.filter((way) => fits(there, way, ahead, resource) && isLess(way, share));
  const smallest = least(fitting);
  if (smallest !== null) {
    const first = distinct(fitting, begun).slice(0, enough - 1);
    return first.includes(smallest) ? first : [...first, smallest];
  }
  // By prediction nothing does: the machine has the last word on what comes nearest.
  const others = lesser.filter((way) =>
    fits(
      there,
      way,
      ahead.filter((phase) => !suspects.includes(phase)),
      resource,
    ),
  );
  const nearest = least(others) ?? least(lesser);
  return nearest === null ? [] : [nearest];
}

/** The same with its frames decoded in one piece, where there is room for them; else in slabs of another height. */
export function otherDecodes(there: Neighbourhood, begun: Begun, steps: number): Thought[] {
  const { device } = there.machine;
  const own = begun.plan.decode.slabRows;
  if (device.kind === 'cpu' && own === null) return [];
  const ahead = phasesAhead(begun.kept);
  const able = (ways: readonly Thought[]) =>
    sorted(ways, begun, steps).filter((way) => onlyDecode(begun.plan, way.plan) && fits(there, way, ahead, null));
  const [whole] = able(there.decodedIn(null));
  if (whole !== undefined) return [whole];
  const [other] = able(there.ways().filter(({ plan }) => plan.decode.slabRows !== own));
  return other === undefined ? [] : [other];
}

const onlyDecode = (one: Plan, other: Plan): boolean => planChanges(one, other).every(({ kind }) => kind === 'decode');

/** What comes nearest to the plan that was begun and fits. */
export function nearestWays(
  there: Neighbourhood | null,
  begun: Begun,
  steps: number,
  wanted: (plan: Plan) => boolean = () => true,
): Thought[] {
  if (there === null) return [];
  const ahead = phasesAhead(begun.kept);
  const able = there.ways().filter((way) => wanted(way.plan) && fits(there, way, ahead, null));
  return sorted(able, begun, steps).slice(0, 1);
}
