import { useTranslation } from 'react-i18next';
import type { Holder } from '../../../contract/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import styles from './MemoryBars.module.css';
import type { MemoryBar, MemoryPicture } from './memory.ts';

/** What was needed against what there was, what the new plan takes, and what the other phases do. */
export function MemoryBars({ picture }: { picture: MemoryPicture }) {
  const { t } = useTranslation(['recovery', 'common']);
  const { bars, line, inPieces, others } = picture;
  const own = bars.filter(({ kind }) => kind !== 'phase');
  const predicted = bars.filter(({ kind }) => kind === 'phase');
  return (
    <div className={styles.picture}>
      <Bars label={t('memory.label')} bars={own} line={null} />
      {predicted.length > 0 && (
        <>
          <p className={styles.by}>{t('memory.byPhase')}</p>
          <Bars label={t('memory.byPhase')} bars={predicted} line={line} />
        </>
      )}
      {inPieces && <p className={styles.note}>{t('memory.inPieces')}</p>}
      {others.length > 0 && <Others others={others} />}
    </div>
  );
}

function Bars({ label, bars, line }: { label: string; bars: readonly MemoryBar[]; line: number | null }) {
  const { t } = useTranslation(['recovery', 'common']);
  const { bytes } = useFigures();
  return (
    <dl className={styles.bars} aria-label={label}>
      {bars.map(({ kind, phase, bytes: value, share }) => (
        <div key={`${kind} ${phase}`} className={styles.row}>
          <dt>{kind === 'phase' ? t(`common:phases.${phase ?? 'loading'}`) : t(`memory.${kind}`)}</dt>
          <dd className={styles.track} aria-hidden>
            <span className={styles[kind]} style={{ width: `${100 * share}%` }} />
            {line !== null && line < 1 && (
              <span className={styles.line} style={{ insetInlineStart: `${100 * line}%` }} />
            )}
          </dd>
          <dd className={styles.value}>{bytes(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** So many that a line holds them. */
const named = 3;

function Others({ others }: { others: readonly Holder[] }) {
  const { t } = useTranslation('recovery');
  const { bytes, language } = useFigures();
  const list = new Intl.ListFormat(language, { type: 'conjunction' });
  const names = list.format(
    others
      .slice(0, named)
      .map((each) =>
        each.bytes === null ? each.name : t('memory.other', { name: each.name, bytes: bytes(each.bytes) }),
      ),
  );
  const known = others.flatMap((each) => (each.bytes === null ? [] : [each.bytes]));
  return (
    <p className={styles.note}>
      {known.length === 0
        ? t('memory.othersUnknown', { names })
        : t('memory.others', { bytes: bytes(known.reduce((sum, each) => sum + each, 0)), names })}
    </p>
  );
}
