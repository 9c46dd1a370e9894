import { FileDown, Link2, MessageSquareText, Package } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { presetLimits } from '../../../contract/preset.ts';
import { sitePaths } from '../../../contract/site.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { visible } from '../../../contract/visible.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { toast } from '../../ui/toast.tsx';
import { download } from './actions.ts';
import { closeDialog } from './dialogs.ts';
import { presetName } from './presetWords.ts';
import styles from './SharePreset.module.css';

async function copy(preset: Preset, withoutWords: boolean, what: 'link' | 'text'): Promise<void> {
  const lines = await told(client.presets.link({ id: preset.id, withoutWords }));
  if (lines === null) return;
  try {
    await navigator.clipboard.writeText(lines[what]);
    toast({ text: words(`presets:sharing.${what === 'link' ? 'linkCopied' : 'textCopied'}`) });
  } catch {
    toast({ text: words('presets:sharing.notCopied'), tone: 'bad' });
  }
}

/** What goes along, said before it goes; then the ways in which it can. */
export function SharePreset({ preset }: { preset: Preset }) {
  const { t } = useTranslation(['presets', 'terms']);
  const presets = useStudio((state) => state.presets);
  const [withoutWords, setWithoutWords] = useState(false);
  const [along, setAlong] = useState<readonly string[]>([]);
  const { prompt, negativePrompt } = preset.document;
  const said = [prompt, negativePrompt].filter(Boolean).join('\n');
  const repeatsWords = said.toLowerCase().includes(preset.document.name.toLowerCase());
  const others = presets.filter(({ id }) => id !== preset.id);
  const pack = [preset.id, ...along];
  const tooMany = pack.length > presetLimits.pack;
  return (
    <Dialog
      open
      onOpenChange={(open) => open || closeDialog()}
      title={t('sharing.title', { name: presetName(preset) })}
      description={t('sharing.inside')}
      footer={
        <Button variant="quiet" onClick={closeDialog}>
          {t('terms:close')}
        </Button>
      }
    >
      <div className={styles.share}>
        {said === '' ? (
          <p className={styles.dim}>{t('sharing.noWords')}</p>
        ) : (
          <div className={styles.words}>
            {!withoutWords && (
              <>
                <p className={styles.dim}>{t('sharing.insideWords')}</p>
                <blockquote dir="auto">{visible(said)}</blockquote>
              </>
            )}
            <Switch
              label={t('sharing.leaveOut')}
              hint={withoutWords && repeatsWords ? t('sharing.nameRepeats') : undefined}
              checked={withoutWords}
              onChange={setWithoutWords}
            />
          </div>
        )}
        <ul className={styles.ways}>
          <li>
            <Button icon={FileDown} onClick={() => download(sitePaths.presetExport([preset.id], withoutWords))}>
              {t('sharing.file')}
            </Button>
            <p className={styles.dim}>{t('sharing.fileHint')}</p>
          </li>
          <li>
            <Button icon={Link2} onClick={() => void copy(preset, withoutWords, 'link')}>
              {t('sharing.link')}
            </Button>
            <p className={styles.dim}>{t('sharing.linkHint')}</p>
          </li>
          <li>
            <Button icon={MessageSquareText} onClick={() => void copy(preset, withoutWords, 'text')}>
              {t('sharing.text')}
            </Button>
            <p className={styles.dim}>{t('sharing.textHint')}</p>
          </li>
        </ul>
        {others.length > 0 && (
          <details className={styles.pack}>
            <summary>{t('sharing.pack')}</summary>
            <div className={styles.others}>
              {others.map((other) => (
                <Checkbox
                  key={other.id}
                  checked={along.includes(other.id)}
                  onChange={(taken) =>
                    setAlong(taken ? [...along, other.id] : along.filter((each) => each !== other.id))
                  }
                >
                  <span dir="auto">{presetName(other)}</span>
                </Checkbox>
              ))}
            </div>
            {tooMany && (
              <p role="alert" className={styles.dim}>
                {t('sharing.packFull', { max: presetLimits.pack })}
              </p>
            )}
            <Button
              icon={Package}
              disabled={along.length === 0 || tooMany}
              onClick={() => download(sitePaths.presetExport(pack, withoutWords))}
            >
              {t('sharing.savePack')}
            </Button>
          </details>
        )}
      </div>
    </Dialog>
  );
}
