import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { addDrafts } from './actions.ts';
import { type Offer, readOffer } from './loadQueue.ts';
import styles from './QueueRoom.module.css';

const shownPrompts = 5;

/** Shows what a file would bring before anything is added. */
export function LoadQueue({ file, onClose }: { file: File | null; onClose: () => void }) {
  const { t } = useTranslation(['queue', 'terms']);
  const { number } = useFigures();
  const models = useStudio((state) => state.models);
  const [offer, setOffer] = useState<Offer | null>(null);
  useEffect(() => {
    let over = false;
    setOffer(null);
    if (file === null) return;
    readOffer(file, new Set(models.map(({ id }) => id))).then(
      (read) => over || setOffer(read),
      () => over || setOffer({ kind: 'refused', problem: 'unreadable' }),
    );
    return () => {
      over = true;
    };
  }, [file, models]);

  const add = async () => {
    onClose();
    if (offer?.kind !== 'clips') return;
    await addDrafts(offer.drafts);
  };

  const clips = offer?.kind === 'clips' ? offer : null;
  const count = clips?.drafts.length ?? 0;
  return (
    <Dialog
      open={file !== null && offer !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('file.loadTitle', { name: file?.name ?? '' })}
      description={
        offer?.kind === 'refused'
          ? t(`file.refused.${offer.problem}`)
          : t('file.found', { count, number: number(count) })
      }
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t(offer?.kind === 'refused' ? 'terms:close' : 'terms:cancel')}
          </Button>
          {count > 0 && (
            <Button variant="primary" onClick={() => void add()}>
              {t('file.add', { count, number: number(count) })}
            </Button>
          )}
        </>
      }
    >
      {clips && (
        <ul className={styles.offer}>
          {clips.drafts.slice(0, shownPrompts).map((draft, at) => (
            <li key={at} dir="auto">
              {draft.prompt}
            </li>
          ))}
          {count > shownPrompts && <li>{t('file.more', { number: number(count - shownPrompts) })}</li>}
          {[...clips.unknown].map(([model, missing]) => (
            <li key={model}>{t('file.unknown', { count: missing, number: number(missing), model })}</li>
          ))}
          {clips.limited > 0 && <li>{t('file.limited', { count: clips.limited, number: number(clips.limited) })}</li>}
          {clips.shortened > 0 && (
            <li>{t('file.shortened', { count: clips.shortened, number: number(clips.shortened) })}</li>
          )}
          {clips.withPicture > 0 && (
            <li>{t('file.pictures', { count: clips.withPicture, number: number(clips.withPicture) })}</li>
          )}
        </ul>
      )}
    </Dialog>
  );
}
