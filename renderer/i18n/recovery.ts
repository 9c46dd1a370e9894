/** What is done about a failure, in the words of the moment's language. */
import type { Job } from '../../contract/job.ts';
import type { PlanChange, Recovery, RecoveryNote, Rung } from '../../contract/recovery.ts';
import { figures, together, words } from './index.ts';

/** "Reelwright will …", "Attempt 2: …", "rendered after one recovery: …". */
type Form = 'will' | 'now' | 'done';

/** `height` is the picture's, here and below. */
function changeWords(change: PlanChange, height: number, form: Form): string {
  const { bytes } = figures();
  switch (change.kind) {
    case 'text-encoder':
      return words(`recovery:${form}.textEncoder.${change.placement.kind}`);
    case 'denoiser':
      return words(`recovery:${form}.denoiser.${change.placement.kind}`);
    case 'guidance':
      return words(`recovery:${form}.guidance.${change.guidance}`);
    case 'decode':
    case 'encode': {
      const rows = change.slabRows;
      if (rows === null) return words(`recovery:${form}.${change.kind}.whole`);
      if (rows >= height) return words(`recovery:${form}.${change.kind}.single`);
      return words(`recovery:${form}.${change.kind}.slabs`, { count: rows });
    }
    case 'pinned':
      return change.bytes === 0
        ? words(`recovery:${form}.pinned.none`)
        : words(`recovery:${form}.pinned.some`, { bytes: bytes(change.bytes) });
    case 'compile':
      return words(`recovery:${form}.compile.${change.compile ? 'on' : 'off'}`);
    case 'precision':
      return words(`recovery:${form}.precision`, { precision: change.precision });
    case 'attention':
      return words(`recovery:${form}.attention.${change.attention}`);
    case 'steps':
      return words(`recovery:${form}.steps.${change.steps}`);
    case 'storage':
      return words(`recovery:${form}.storage.${storages[change.transformer]}`);
  }
}

const storages = {
  same: 'same',
  int8: 'eightBits',
  fp8: 'eightBits',
  'int8-products': 'eightBitProducts',
  'fp8-products': 'eightBitProducts',
} as const;

const listed = (parts: readonly string[]): string =>
  new Intl.ListFormat(figures().language, { type: 'conjunction' }).format(parts);

function rungWords(rung: Named, changes: readonly PlanChange[], height: number, form: Form): string {
  if (rung.kind === 'accept' && rung.slow) return words(`recovery:${form}.goOn`);
  if (rung.kind !== 'replan') return words(`recovery:${form}.${rung.kind}`);
  return listed(changes.map((change) => changeWords(change, height, form)));
}

type Named = { kind: Rung['kind']; slow?: true | undefined };
const noted = ({ rung, cause }: RecoveryNote): Named =>
  cause === 'spill' ? { kind: rung, slow: true } : { kind: rung };
const changesOf = (rung: Rung): readonly PlanChange[] => (rung.kind === 'replan' ? rung.changes : []);

/** As a choice: "Decode the frames in slabs of 64 rows". */
export function choiceWords({ rung }: Recovery, height: number): string {
  const text = rungWords(rung, changesOf(rung), height, 'will');
  return text.charAt(0).toLocaleUpperCase(figures().language) + text.slice(1);
}

/** What changes, and what it costs. */
export function proposalWords(recovery: Recovery, height: number): string {
  const { rung, moreSeconds, changesPicture } = recovery;
  const price =
    moreSeconds === null
      ? null
      : moreSeconds < hardly
        ? words('recovery:hardlyMore')
        : words('recovery:more', { time: figures().about(moreSeconds) });
  const takesFrames = rung.kind === 'accept' && !rung.slow;
  return together([
    words('recovery:what', { what: rungWords(rung, changesOf(rung), height, 'will') }),
    changesPicture ? words('recovery:otherPicture') : takesFrames ? null : words('recovery:samePicture'),
    price,
  ]);
}

/** Seconds that nobody notices. */
const hardly = 1;

export function priceWords({ moreSeconds }: Recovery): string {
  if (moreSeconds === null) return words('recovery:priceUnknown');
  if (moreSeconds < hardly) return words('recovery:priceHardly');
  return words('recovery:priceMore', { time: figures().about(moreSeconds) });
}

/** The try that runs: "Attempt 2: decoding in slabs of 64 rows". */
export function attemptWords(attempt: number, doing: Recovery | RecoveryNote | null, height: number): string {
  if (doing === null) return words('recovery:attemptRepair', { attempt });
  const what =
    'cause' in doing
      ? rungWords(noted(doing), doing.changes, height, 'now')
      : rungWords(doing.rung, changesOf(doing.rung), height, 'now');
  return words('recovery:attempt', { attempt, what });
}

/** What was met on the way to a clip: "Rendered after one recovery: decoded in slabs of 64 rows." */
export function notesWords(notes: readonly RecoveryNote[], height: number): string {
  const what = doneWords(notes, height);
  return words('recovery:notes', { count: notes.length, number: figures().number(notes.length), what });
}

/** The same of a clip that is not there: "Tried: decoded in slabs of 64 rows." Null where nothing was. */
export const triedWords = ({ state, recoveries = [], settings }: Job): string | null =>
  state.kind === 'failed' && recoveries.length > 0
    ? words('recovery:tried', { what: doneWords(recoveries, settings.height) })
    : null;

function doneWords(notes: readonly RecoveryNote[], height: number): string {
  const each = notes.map((note) => rungWords(noted(note), note.changes, height, 'done'));
  return each.filter((text, at) => each.indexOf(text) === at).join(words('recovery:between'));
}
