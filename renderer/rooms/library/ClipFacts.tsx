import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import { ForeignSettings } from '../../../contract/received.ts';
import { phases } from '../../../contract/render.ts';
import { sitePaths } from '../../../contract/site.ts';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { notesWords } from '../../i18n/recovery.ts';
import { Bars } from '../../ui/Bars.tsx';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { phaseColours } from '../phaseColours.ts';
import { draftOfClip } from '../queue/draftOf.ts';
import { copy } from './actions.ts';
import styles from './ClipFacts.module.css';
import { Notes } from './Notes.tsx';

/** Everything that made the clip, and what it took. */
export function ClipFacts({ clip }: { clip: Clip }) {
  const { t } = useTranslation(['library', 'presets']);
  const { date, bytes } = useFigures();
  const settings = useSettingsWords(clip);
  const { prompt, image } = clip.settings;
  const { picture } = draftOfClip(clip);
  const maker = ForeignSettings.shape.maker.safeParse(clip.maker).data;
  return (
    <>
      <section className={styles.part}>
        <header className={styles.head}>
          <h2>{t(clip.unknown.includes('prompt') ? 'fields.name' : 'fields.prompt')}</h2>
          <IconButton
            size="small"
            label={t('detail.copyPrompt')}
            icon={Copy}
            onClick={() => void copy(clip.settings.prompt)}
          />
        </header>
        <p className={styles.prompt} dir="auto">
          {prompt}
        </p>
      </section>
      <section className={styles.part}>
        <Notes key={clip.id} clip={clip} />
      </section>
      <section className={styles.part}>
        <header className={styles.head}>
          <h2>{t('detail.settings')}</h2>
          <Button
            size="small"
            variant="quiet"
            icon={Copy}
            onClick={() => void copy(settings.map(({ label, text }) => `${label}: ${text}`).join('\n'))}
          >
            {t('detail.copyAll')}
          </Button>
        </header>
        <dl className={styles.facts}>
          {settings
            .filter(({ key }) => key !== 'prompt')
            .map(({ key, label, text }) => (
              <Fact key={key} label={label} wide={key === 'negativePrompt'}>
                {text}
                {key === 'seed' && (
                  <IconButton
                    size="small"
                    className={styles.copySeed}
                    label={t('detail.copySeed')}
                    icon={Copy}
                    onClick={() => void copy(text)}
                  />
                )}
              </Fact>
            ))}
          {clip.maker !== null && (
            <Fact label={t('fields.maker')}>{maker ? t(`presets:makers.${maker}`) : clip.maker}</Fact>
          )}
          {clip.unknown.includes('picture') && <Fact label={t('fields.picture')}>{t('fields.pictureGone')}</Fact>}
          {image !== null && (
            <Fact label={t('fields.picture')} wide>
              {picture === null ? (
                <span className={styles.path}>{image}</span>
              ) : (
                <img className={styles.picture} src={sitePaths.picture(picture)} alt={t('fields.picture')} />
              )}
            </Fact>
          )}
        </dl>
      </section>
      <PhaseTimes clip={clip} />
      <section className={styles.part}>
        <header className={styles.head}>
          <h2>{t('detail.about')}</h2>
        </header>
        <dl className={styles.facts}>
          <Fact label={t('fields.made')}>{date(clip.createdAt)}</Fact>
          <Fact label={t('fields.size')}>{bytes(clip.bytes)}</Fact>
          <Fact label={t('fields.file')} wide>
            <span className={styles.path}>{clip.file}</span>
          </Fact>
        </dl>
      </section>
    </>
  );
}

/** The settings as words, in the order in which Create asks for them. */
export function useSettingsWords({ settings, model, unknown }: Clip): { key: string; label: string; text: string }[] {
  const { t } = useTranslation('library');
  const { seconds, number } = useFigures();
  const name = useStudio((state) => state.models.find(({ id }) => id === model)?.name ?? model);
  const { prompt, negativePrompt, width, height, frames, fps, steps, guidance, scheduler, seed } = settings;
  const length = [seconds(frames / fps), t('fields.frames', { count: frames }), t('fields.fps', { fps })].join(' · ');
  const known = [
    { key: 'prompt', label: t('fields.prompt'), text: prompt },
    ...(negativePrompt === ''
      ? []
      : [{ key: 'negativePrompt', label: t('fields.negativePrompt'), text: negativePrompt }]),
    { key: 'model', label: t('fields.model'), text: name },
    { key: 'shape', label: t('fields.shape'), text: `${width} × ${height}` },
    { key: 'length', label: t('fields.length'), text: length },
    { key: 'steps', label: t('fields.steps'), text: number(steps) },
    { key: 'guidance', label: t('fields.guidance'), text: number(guidance, 2) },
    { key: 'scheduler', label: t('fields.scheduler'), text: scheduler.toUpperCase() },
    { key: 'seed', label: t('fields.seed'), text: String(seed) },
  ];
  return known.filter(({ key }) => !unknown.some((each) => each === key));
}

function Fact({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? styles.wide : styles.fact}>
      <dt>{label}</dt>
      <dd dir={wide ? 'auto' : undefined}>{children}</dd>
    </div>
  );
}

function PhaseTimes({ clip }: { clip: Clip }) {
  const { t } = useTranslation(['library', 'terms']);
  const { seconds } = useFigures();
  const known = phases.flatMap((phase) => {
    const took = clip.phaseSeconds[phase];
    return took === undefined ? [] : [{ phase, took }];
  });
  const most = Math.max(...known.map(({ took }) => took), 0.001);
  return (
    <section className={styles.part}>
      <header className={styles.head}>
        <h2>{t('detail.times')}</h2>
        <span className={styles.total}>{seconds(clip.seconds)}</span>
      </header>
      <Bars
        label={t('detail.times')}
        bars={known.map(({ phase, took }) => ({
          ...{ key: phase, label: t(`terms:phases.${phase}`), value: seconds(took) },
          ...{ share: took / most, colour: phaseColours[phase] },
        }))}
      />
      {clip.shortcut !== null && (
        <p className={styles.recoveries}>{t('detail.shortcut', { what: t(`terms:shortcuts.${clip.shortcut}`) })}</p>
      )}
      {clip.recoveries.length > 0 && (
        <p className={styles.recoveries}>{notesWords(clip.recoveries, clip.settings.height)}</p>
      )}
    </section>
  );
}
