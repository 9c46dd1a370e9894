import { z } from 'zod';
import { create } from 'zustand';
import { Refusal } from '../../../contract/refusal.ts';
import { sitePaths } from '../../../contract/site.ts';
import { ReceivedPreview, receiveLimit } from '../../../contract/storedPreset.ts';
import { visible } from '../../../contract/visible.ts';
import { client } from '../../app/client.ts';
import { modelName, told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { refusalWords } from '../../i18n/refusal.ts';
import { toast } from '../../ui/toast.tsx';
import { partToLookAt } from './clipHead.ts';

/** For the system's dialog of files. */
export const receivable = '.reelpreset,.reelpack,.json,.zip,video/mp4,video/webm,image/png,image/webp';

/** Something that came in lies here to be looked at; `reading` while it is on its way. */
export type Receiving = { kind: 'nothing' } | { kind: 'reading' } | { kind: 'shown'; preview: ReceivedPreview };

export const useReceiving = create<{ now: Receiving }>()(() => ({ now: { kind: 'nothing' } }));

const put = (now: Receiving) => useReceiving.setState({ now });
const say = (text: string) => toast({ text, tone: 'bad' });

/** What comes later takes the place of what came before. */
let turn = 0;

async function lookAt(coming: Promise<ReceivedPreview | null>): Promise<void> {
  const mine = ++turn;
  put({ kind: 'reading' });
  const preview = await coming;
  if (mine === turn) put(preview ? { kind: 'shown', preview } : { kind: 'nothing' });
}

/** What the host was handed. */
export const lookAtHandedIn = (id: string): Promise<void> => lookAt(told(client.presets.received({ id })));

const longestText = 400_000;

export const takeText = (text: string): Promise<void> =>
  lookAt(told(client.presets.receive({ text: text.slice(0, longestText) })));

export const takeFile = (file: Blob): Promise<void> => lookAt(sent(file, say));

/** Files that are in no folder (of an archive, of a mail), or whose names the system cannot tell, come as an empty list. */
export const sayNothingCame = (): void => say(words('presets:received.nothing'));

/** Offers the settings that a picture carries, if it carries any; the picture itself is taken elsewhere. */
export async function offerSettingsOf(file: Blob): Promise<void> {
  const preview = await sent(file, () => {});
  if (!preview) return;
  const { id, received } = preview;
  const text = offerText(preview);
  if (text === null) return void client.presets.leave({ id }).catch(() => {});
  const look = () => {
    turn += 1;
    put({ kind: 'shown', preview: { id, received } });
  };
  toast({ text, action: { label: words('presets:received.offerAction'), run: look } });
}

function offerText({ received }: ReceivedPreview): string | null {
  if (received.kind === 'foreign')
    return words('presets:received.offerForeign', { maker: words(`presets:makers.${received.settings.maker}`) });
  if (received.kind !== 'clip' && received.kind !== 'preset') return null;
  const { name } = received.kind === 'clip' ? received.record.preset : received.document;
  return words('presets:received.offer', { name: visible(name) });
}

/** Hands a file to the studio, which looks at what it really is. Null after saying why it did not arrive. */
async function sent(file: Blob, failed: (text: string) => void): Promise<ReceivedPreview | null> {
  let bytes: ArrayBuffer;
  try {
    const part = await partToLookAt(file);
    if (part.size > receiveLimit) {
      failed(refusalWords({ reason: 'preset', problem: 'file-too-large' }, modelName));
      return null;
    }
    bytes = await part.arrayBuffer();
  } catch {
    failed(words('presets:received.unreadable'));
    return null;
  }
  try {
    const response = await fetch(sitePaths.receive, { method: 'POST', body: bytes });
    const answer = z.union([ReceivedPreview, Refusal]).parse(await response.json());
    if (!('reason' in answer)) return answer;
    failed(refusalWords(answer, modelName));
  } catch {
    failed(words('presets:received.unreachable'));
  }
  return null;
}

/** Looked at, and done with. */
export function putAway(): void {
  const { now } = useReceiving.getState();
  turn += 1;
  put({ kind: 'nothing' });
  // One that is forgotten already is as good.
  if (now.kind === 'shown') void client.presets.leave({ id: now.preview.id }).catch(() => {});
}
