import { Copy, Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { RecoveryPolicy } from '../../../contract/recovery.ts';
import { languages, type Settings, type SettingsChange } from '../../../contract/settings.ts';
import { client } from '../../app/client.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { languageNames, languageOf } from '../../i18n/index.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { toast } from '../../ui/toast.tsx';
import { ClipNames } from './ClipNames.tsx';
import { ClipsFolder } from './ClipsFolder.tsx';
import { Measured } from './Measured.tsx';
import styles from './SettingsRoom.module.css';

const change = (what: SettingsChange): Promise<Settings | null> => told(client.settings.change(what));

function Look({ settings, locale }: { settings: Settings; locale: string }) {
  const { t } = useTranslation('settings');
  return (
    <Panel title={t('look.title')} className={styles.panel}>
      <Select
        label={t('look.language')}
        value={settings.language}
        options={[
          { value: 'system', label: t('look.languageSystem', { name: languageNames[languageOf('system', locale)] }) },
          ...languages.map((language) => ({ value: language, label: languageNames[language] })),
        ]}
        onChange={(language) => change({ language })}
      />
      <div className={styles.row}>
        <span>{t('look.theme')}</span>
        <Segmented
          label={t('look.theme')}
          value={settings.theme}
          options={[
            { value: 'system', label: t('look.system'), icon: Monitor },
            { value: 'dark', label: t('look.dark'), icon: Moon },
            { value: 'light', label: t('look.light'), icon: Sun },
          ]}
          onChange={(theme) => change({ theme })}
        />
      </div>
    </Panel>
  );
}

function About() {
  const { t } = useTranslation('settings');
  const about = useStudio((state) => state.about);
  const engine = useStudio((state) => state.engine);
  if (!about) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(about.dataFolder);
    toast({ text: t('about.copied') });
  };
  return (
    <Panel title={t('about.title')} className={styles.panel}>
      <dl className={styles.facts}>
        <dt>{t('about.version')}</dt>
        <dd>{about.version}</dd>
        {engine.kind === 'ready' && (
          <>
            <dt>{t('about.engine')}</dt>
            <dd>{engine.device === 'cpu' ? t('about.processor') : engine.name}</dd>
          </>
        )}
        <dt>{t('about.data')}</dt>
        <dd className={styles.path}>
          <span>{about.dataFolder}</span>
          {/* Only a page that is served safely may write to the clipboard. */}
          {window.isSecureContext && (
            <IconButton size="small" label={t('about.copy')} icon={Copy} onClick={() => void copy()} />
          )}
        </dd>
      </dl>
      <p className={styles.hint}>{t('about.dataHint')}</p>
    </Panel>
  );
}

export function SettingsRoom() {
  const { t } = useTranslation('settings');
  const settings = useStudio((state) => state.settings);
  const about = useStudio((state) => state.about);
  return (
    <Room label={t('title')}>
      <div className={styles.column}>
        <header className={styles.head}>
          <h1>{t('title')}</h1>
          <p className={styles.hint}>{t('saved')}</p>
        </header>
        <Look settings={settings} locale={about?.locale ?? 'en'} />
        <Panel title={t('clips.title')} className={styles.panel}>
          {about && <ClipsFolder about={about} chosen={settings.clipsFolder} change={change} />}
          <ClipNames pattern={settings.clipNames} change={change} />
          <Switch
            label={t('clips.preview')}
            hint={t('clips.previewHint')}
            checked={settings.preview}
            onChange={(preview) => change({ preview })}
          />
        </Panel>
        <Panel title={t('recovery.title')} className={styles.panel}>
          <Select
            label={t('recovery.label')}
            hint={t('recovery.hint')}
            value={settings.recovery}
            options={RecoveryPolicy.options.map((value) => ({ value, label: t(`recovery.${value}`) }))}
            onChange={(recovery) => change({ recovery })}
          />
        </Panel>
        {/* Notifications and closing belong to the desktop's window. */}
        {about?.host === 'desktop' && (
          <>
            <Panel title={t('done.title')} className={styles.panel}>
              <Switch label={t('done.notify')} checked={settings.notify} onChange={(notify) => change({ notify })} />
              <Switch
                label={t('done.sound')}
                checked={settings.sound}
                disabled={!settings.notify}
                onChange={(sound) => change({ sound })}
              />
            </Panel>
            <Panel title={t('quitting.title')} className={styles.panel}>
              <Select
                label={t('quitting.label')}
                value={settings.whenQuitting}
                options={(['ask', 'background', 'stop'] as const).map((value) => ({
                  value,
                  label: t(`quitting.${value}`),
                }))}
                onChange={(whenQuitting) => change({ whenQuitting })}
              />
            </Panel>
          </>
        )}
        <Measured />
        <About />
      </div>
    </Room>
  );
}
