import type { PlanChange } from '../../../contract/recovery.ts';
import type { Placement, Plan, SlabPlan } from '../../../contract/render.ts';

const placed = (one: Placement, other: Placement, pinned: boolean): boolean =>
  JSON.stringify(pinned ? one : unpinned(one)) === JSON.stringify(pinned ? other : unpinned(other));
const unpinned = (placement: Placement): Placement =>
  placement.kind === 'group-offload' ? { ...placement, pinnedBytes: 0 } : placement;
const sameSlabs = (one: SlabPlan, other: SlabPlan): boolean =>
  one.slabRows === other.slabRows && one.residentBytes === other.residentBytes;

/** In what two plans differ. Limits of the process alone, and how often is saved, make no other plan. */
export function planChanges(before: Plan, after: Plan): PlanChange[] {
  const changes: PlanChange[] = [];
  const [was, is] = [before.placements, after.placements];
  if (!placed(was.textEncoder, is.textEncoder, false))
    changes.push({ kind: 'text-encoder', placement: is.textEncoder });
  if (!placed(was.transformer, is.transformer, false)) changes.push({ kind: 'denoiser', placement: is.transformer });
  if (before.guidance !== after.guidance) changes.push({ kind: 'guidance', guidance: after.guidance });
  if (before.compile !== after.compile) changes.push({ kind: 'compile', compile: after.compile });
  if (before.precision !== after.precision) changes.push({ kind: 'precision', precision: after.precision });
  if (before.attention !== after.attention) changes.push({ kind: 'attention', attention: after.attention });
  if (before.steps !== after.steps) changes.push({ kind: 'steps', steps: after.steps });
  if (before.storage.transformer !== after.storage.transformer)
    changes.push({ kind: 'storage', transformer: after.storage.transformer });
  if (!sameSlabs(before.decode, after.decode)) changes.push({ kind: 'decode', slabRows: after.decode.slabRows });
  if (!sameSlabs(before.encode, after.encode)) changes.push({ kind: 'encode', slabRows: after.encode.slabRows });
  // Where a component goes elsewhere, what is page-locked for it goes without saying.
  const moved = changes.some(({ kind }) => kind === 'text-encoder' || kind === 'denoiser');
  const locked = placed(was.textEncoder, is.textEncoder, true) && placed(was.transformer, is.transformer, true);
  if (!moved && !locked) changes.push({ kind: 'pinned', bytes: after.pinnedBytes });
  return changes;
}

/** Its picture is the one that was asked for, up to rounding. */
export const isExact = ({ storage, attention, steps }: Plan): boolean =>
  storage.transformer === 'same' && attention !== 'sage' && steps === 'all';

/** The same way of making a clip. */
export const samePlan = (one: Plan, other: Plan): boolean => planChanges(one, other).length === 0;

/** For these a worker lets go of what it prepared, and reads the model anew. */
const prepared: ReadonlySet<PlanChange['kind']> = new Set(['precision', 'storage', 'attention', 'compile']);
export const readsAnew = (changes: readonly PlanChange[]): boolean => changes.some(({ kind }) => prepared.has(kind));
