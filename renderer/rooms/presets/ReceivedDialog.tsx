import { EyeOff, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { presetOfClip } from '../../../contract/clipRecord.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { ReceivedPreview } from '../../../contract/storedPreset.ts';
import { visible } from '../../../contract/visible.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { receiveProblemWords } from '../../i18n/problem.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../create/draft.ts';
import { remember, takeOver } from './actions.ts';
import { modelFor, type PresetField, saidBy } from './apply.ts';
import { Facts } from './Facts.tsx';
import { documentOfForeign, saidByForeign } from './foreign.ts';
import { nameOfModel } from './presetWords.ts';
import styles from './ReceivedDialog.module.css';
import { lookAtHandedIn, putAway, useReceiving } from './receiving.ts';
import { Thumbnail } from './Thumbnail.tsx';

const pictureIn = ({ thumbnail }: PresetDocument): string | null =>
  thumbnail === null ? null : `data:image/webp;base64,${thumbnail}`;

/** What can be done with it: documents to keep, or settings to use. */
interface Offer {
  documents: readonly PresetDocument[];
  /** What using the only one takes over. */
  fields: readonly PresetField[];
  /** Its settings say too little to be kept as a preset. */
  partial: boolean;
}

function useOffer({ received }: ReceivedPreview): Offer {
  const draft = useDraft((state) => state.draft);
  switch (received.kind) {
    case 'preset':
      return { documents: [received.document], fields: saidBy(received.document), partial: false };
    case 'pack':
      return { documents: received.documents, fields: [], partial: false };
    case 'clip': {
      // To make this very clip again, and not only more of its kind.
      const document = presetOfClip(received.record, true);
      return { documents: [document], fields: saidBy(document), partial: false };
    }
    case 'foreign': {
      if (!draft) return { documents: [], fields: [], partial: true };
      const name = words(`presets:makers.${received.settings.maker}`);
      const document = documentOfForeign(received.settings, draft, name);
      return { documents: [document], fields: saidByForeign(received.settings), partial: true };
    }
    case 'refused':
      return { documents: [], fields: [], partial: true };
  }
}

/** Everything in it that a person reads, to tell whether something hides there. */
const hides = ({ name, author, note, tags, prompt, negativePrompt, loras }: PresetDocument): boolean =>
  [name, author, note, ...tags, prompt, negativePrompt, ...loras.map((lora) => lora.name)].some(
    (text) => visible(text) !== text,
  );

function Need({ document }: { document: PresetDocument }) {
  const { t } = useTranslation('presets');
  const models = useStudio((state) => state.models);
  const found = modelFor(document, models);
  const model = nameOfModel(document.model);
  if (found?.id === document.model) return <p className={styles.dim}>{t('received.needs', { model })}</p>;
  return (
    <p className={styles.warn}>
      <TriangleAlert size={16} aria-hidden />
      {found ? t('received.needsOther', { model, other: found.name }) : t('received.needsNone', { model })}
    </p>
  );
}

function One({
  preview,
  document,
  fields,
}: { preview: ReceivedPreview; document: PresetDocument } & Pick<Offer, 'fields'>) {
  const { t } = useTranslation('presets');
  const { received } = preview;
  const foreign = received.kind === 'foreign';
  return (
    <div className={styles.one}>
      {received.kind === 'preset' && (
        <div className={styles.picture}>
          <Thumbnail source={pictureIn(document)} words={document.name + document.model} />
        </div>
      )}
      {!foreign && (
        <h3 className={styles.name} dir="auto">
          {visible(document.name)}
        </h3>
      )}
      <p className={styles.dim} dir="auto">
        {foreign
          ? t('received.foreign', { maker: t(`makers.${received.settings.maker}`) })
          : t('received.from', { author: visible(document.author) || t('received.unnamed') })}
      </p>
      {document.note !== '' && (
        <p className={styles.note} dir="auto">
          {visible(document.note)}
        </p>
      )}
      {!foreign && <Need document={document} />}
      {received.kind === 'clip' && received.record.fromPicture && <p className={styles.dim}>{t('received.picture')}</p>}
      <Facts document={document} fields={fields} />
    </div>
  );
}

function Pack({
  documents,
  left,
  setLeft,
}: {
  documents: readonly PresetDocument[];
  left: ReadonlySet<number>;
  setLeft: (left: ReadonlySet<number>) => void;
}) {
  const { t } = useTranslation('presets');
  return (
    <fieldset className={styles.pack}>
      <legend className={styles.dim}>{t('received.which')}</legend>
      {documents.map((document, at) => (
        <div key={at} className={styles.entry}>
          <Checkbox
            checked={!left.has(at)}
            onChange={(taken) => setLeft(new Set(taken ? [...left].filter((each) => each !== at) : [...left, at]))}
          >
            <span className={styles.name} dir="auto">
              {visible(document.name)}
            </span>
            <span className={styles.dim} dir="auto">
              {nameOfModel(document.model)}, {document.width} × {document.height}
              {document.author !== '' && ` · ${visible(document.author)}`}
            </span>
            {document.loras.length > 0 && (
              <span className={styles.dim}>
                {t('facts.loras')}:{' '}
                {document.loras.map(({ name, sha256 }) => visible(name) || sha256.slice(0, 12)).join(', ')}.{' '}
                {t('adapters.unused')}
              </span>
            )}
          </Checkbox>
          <span className={styles.small}>
            <Thumbnail source={pictureIn(document)} words={document.name + document.model} />
          </span>
        </div>
      ))}
    </fieldset>
  );
}

function Looked({ preview }: { preview: ReceivedPreview }) {
  const { t } = useTranslation(['presets', 'terms']);
  const offer = useOffer(preview);
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set());
  const { received, id } = preview;
  const { documents, fields, partial } = offer;
  const [only] = documents;
  const open = (next: boolean) => next || putAway();

  if (received.kind === 'refused') {
    return (
      <Dialog
        open
        onOpenChange={open}
        title={t('received.refusedTitle')}
        description={receiveProblemWords(received.problem)}
        footer={<Button onClick={putAway}>{t('terms:close')}</Button>}
      />
    );
  }
  const which = documents.map((_, at) => at).filter((at) => !left.has(at));
  const keep = async () => {
    const kept = await told(client.presets.accept({ id, which }));
    if (kept === null) return;
    putAway();
    const [first] = kept;
    const look = { label: t('save.show'), run: () => first && show('presets', first.id) };
    toast({ text: t('received.kept', { count: kept.length }), action: look });
  };
  const use = () => {
    if (!only) return;
    takeOver(only, fields, visible(only.name));
    remember(null);
    putAway();
    show('create');
  };
  const isPack = received.kind === 'pack';
  return (
    <Dialog
      open
      onOpenChange={open}
      title={t(`received.title.${received.kind}`)}
      description={t('received.note')}
      size={isPack ? 'wide' : 'normal'}
      footer={
        <>
          <Button variant="quiet" onClick={putAway}>
            {t('received.leave')}
          </Button>
          {!isPack && only && (
            <Button variant={received.kind === 'preset' ? 'plain' : 'primary'} onClick={use}>
              {received.kind === 'preset' ? t('received.use') : t('received.useSettings')}
            </Button>
          )}
          {!partial && (
            <Button
              variant={received.kind === 'clip' ? 'plain' : 'primary'}
              disabled={which.length === 0}
              onClick={() => void keep()}
            >
              {isPack ? t('received.keepSome', { count: which.length }) : t('received.keep')}
            </Button>
          )}
        </>
      }
    >
      {documents.some(hides) && (
        <p className={styles.warn}>
          <EyeOff size={16} aria-hidden />
          {t('received.hidden')}
        </p>
      )}
      {isPack ? (
        <Pack documents={documents} left={left} setLeft={setLeft} />
      ) : (
        only && <One preview={preview} document={only} fields={fields} />
      )}
    </Dialog>
  );
}

/** Stands once in the window: what came in, whichever way, is shown before anything is done with it. */
export function ReceivedDialog() {
  const { t } = useTranslation('presets');
  const now = useReceiving((state) => state.now);
  const handedIn = useStudio((state) => state.received);
  useEffect(() => {
    if (handedIn !== null) void lookAtHandedIn(handedIn);
  }, [handedIn]);
  return (
    <>
      <p role="status" className="visually-hidden">
        {now.kind === 'reading' && t('received.reading')}
      </p>
      {now.kind === 'shown' && <Looked key={now.preview.id} preview={now.preview} />}
    </>
  );
}
