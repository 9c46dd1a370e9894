import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import type { ExportDither, ExportFormat, ExportQuality } from '../../../contract/exporter.ts';
import type { KeptSettings } from '../../../contract/libraryTask.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Select } from '../../ui/Select.tsx';
import styles from './ExportDialog.module.css';
import { exportClip } from './tasks.ts';

const forms = ['copy', 'mp4', 'webm', 'gif', 'frames'] as const;
type Form = (typeof forms)[number];
const qualities: readonly ExportQuality[] = ['high', 'middle', 'small'];
const dithers: readonly ExportDither[] = ['error-diffusion', 'ordered', 'none'];
const settingsKept: readonly KeptSettings[] = ['all', 'without-words', 'none'];

/** Narrower than the clip, as GIFs often must be. */
const widths = [320, 480, 640] as const;

interface Choice {
  form: Form;
  quality: ExportQuality;
  dither: ExportDither;
  width: string;
  settings: KeptSettings;
}

/** A habit of the person, not of the clip. */
let before: Choice = { form: 'copy', quality: 'high', dither: 'error-diffusion', width: 'full', settings: 'all' };

function formatOf({ form, quality, dither, width }: Choice, zip: boolean): ExportFormat | null {
  if (form === 'copy') return null;
  if (form === 'gif') return { kind: 'gif', dither, width: width === 'full' ? null : Number(width) };
  if (form === 'frames') return { kind: 'frames', zip };
  return { kind: form, quality };
}

/** In which form a clip goes out, and what it says of itself. */
export function ExportDialog({ clip, open, onClose }: { clip: Clip; open: boolean; onClose: () => void }) {
  const { t } = useTranslation(['library', 'terms']);
  const canChoose = useStudio((state) => state.about?.canChooseFolder === true);
  const [choice, setChoice] = useState(before);
  const change = (part: Partial<Choice>) => {
    before = { ...choice, ...part };
    setChoice(before);
  };
  const { form } = choice;
  const start = async () => {
    // Hundreds of files need a folder, where there is a dialog for it.
    const choosing = form === 'frames' && canChoose;
    const folder = choosing ? await told(client.settings.chooseFolder()) : null;
    if (choosing && folder === null) return;
    onClose();
    await exportClip({ id: clip.id, format: formatOf(choice, !choosing), settings: choice.settings, folder });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(now) => !now && onClose()}
      title={t('export.title')}
      description={t(`export.about.${form}`)}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('terms:cancel')}
          </Button>
          <Button variant="primary" onClick={() => void start()}>
            {t('export.action')}
          </Button>
        </>
      }
    >
      <div className={styles.fields}>
        <Select
          label={t('export.form')}
          value={form}
          options={forms.map((value) => ({ value, label: t(`export.forms.${value}`) }))}
          onChange={(next) => change({ form: next })}
        />
        {(form === 'mp4' || form === 'webm') && (
          <Select
            label={t('export.quality')}
            value={choice.quality}
            options={qualities.map((value) => ({ value, label: t(`export.qualities.${value}`) }))}
            onChange={(quality) => change({ quality })}
          />
        )}
        {form === 'gif' && (
          <>
            <Select
              label={t('export.width')}
              value={choice.width}
              options={[
                { value: 'full', label: t('export.fullWidth', { width: clip.settings.width }) },
                ...widths
                  .filter((width) => width < clip.settings.width)
                  .map((width) => ({ value: String(width), label: t('export.pixels', { width }) })),
              ]}
              onChange={(width) => change({ width })}
            />
            <Select
              label={t('export.dither')}
              value={choice.dither}
              options={dithers.map((value) => ({ value, label: t(`export.dithers.${value}`) }))}
              onChange={(dither) => change({ dither })}
            />
          </>
        )}
        {form !== 'gif' && (
          <Select
            label={t('export.settings')}
            hint={t(`export.inside.${choice.settings}`)}
            value={choice.settings}
            options={settingsKept.map((value) => ({ value, label: t(`export.kept.${value}`) }))}
            onChange={(settings) => change({ settings })}
          />
        )}
      </div>
    </Dialog>
  );
}
