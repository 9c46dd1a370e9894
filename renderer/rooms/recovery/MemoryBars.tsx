import { useTranslation } from 'react-i18next';
import type { Holder } from '../../../contract/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { Bars } from '../../ui/Bars.tsx';
import { phaseColours } from '../phaseColours.ts';
import styles from './MemoryBars.module.css';
import type { MemoryBar, MemoryPicture } from './memory.ts';

const colours = { needed: '--wont', there: '--others', free: '--others', after: '--dec' } as const;

/** What was needed against what there was, what the new plan takes, and what the other phases do. */
export function MemoryBars({ picture }: { picture: MemoryPicture }) {
  const { t } = useTranslation(['recovery', 'terms']);
  const { bytes } = useFigures();
  const { bars, line, inPieces, others } = picture;
  const drawn = ({ kind, phase, bytes: amount, share }: MemoryBar) => ({
    key: `${kind} ${phase}`,
    label: kind === 'phase' ? t(`terms:phases.${phase ?? 'loading'}`) : t(`memory.${kind}`),
    value: bytes(amount),
    share,
    colour: kind === 'phase' ? phaseColours[phase ?? 'loading'] : colours[kind],
    over: kind === 'needed',
  });
  const predicted = bars.filter(({ kind }) => kind === 'phase');
  return (
    <div className={styles.picture}>
      <Bars label={t('memory.label')} bars={bars.filter(({ kind }) => kind !== 'phase').map(drawn)} />
      {predicted.length > 0 && (
        <>
          <p className={styles.note}>{t('memory.byPhase')}</p>
          <Bars label={t('memory.byPhase')} bars={predicted.map(drawn)} line={line} />
        </>
      )}
      {inPieces && <p className={styles.note}>{t('memory.inPieces')}</p>}
      {others.length > 0 && <Others others={others} />}
    </div>
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
