import { useTranslation } from 'react-i18next';
import type { Several } from '../../../contract/batch.ts';
import { useFigures } from '../../i18n/index.ts';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { TextInput } from '../../ui/TextInput.tsx';
import styles from './SeveralPanel.module.css';
import type { Wanted } from './several.ts';
import { changeSeveral } from './severalState.ts';

const problemWords = {
  nothing: 'several.nothing',
  'too-many': 'several.tooMany',
  template: 'several.template',
  slot: 'several.slot',
  wildcard: 'several.wildcard',
  long: 'several.long',
  seeds: 'several.badSeeds',
} as const;

/** What the prompt stands for: slots to fill in, how often, how many clips that makes, and the first of them. */
export function SeveralPanel({ several, wanted }: { several: Several; wanted: Extract<Wanted, { kind: 'several' }> }) {
  const { t } = useTranslation('create');
  const { number } = useFigures();
  const { count, first, problem, slots } = wanted;
  return (
    <div className={styles.panel}>
      <div className={styles.fields}>
        {slots.map((name) => (
          <TextInput
            key={name}
            label={name}
            hint={t('several.slotHint')}
            value={several.slots[name] ?? ''}
            onChange={(text) => changeSeveral({ slots: { ...several.slots, [name]: text } })}
          />
        ))}
        {several.many && (
          <>
            <NumberInput
              label={t('several.count')}
              value={several.count}
              min={1}
              max={1000}
              disabled={several.seeds.trim() !== ''}
              onChange={(next) => changeSeveral({ count: next })}
            />
            <TextInput
              label={t('several.seeds')}
              placeholder={t('several.seedsExample')}
              value={several.seeds}
              onChange={(seeds) => changeSeveral({ seeds })}
            />
          </>
        )}
      </div>
      {problem === null ? (
        <div className={styles.outcome}>
          <p role="status">{t('several.makes', { count, number: number(count) })}</p>
          <ol className={styles.first}>
            {first.map((prompt, at) => (
              <li key={`${at} ${prompt}`} dir="auto">
                {prompt}
              </li>
            ))}
          </ol>
        </div>
      ) : (
        <p className={styles.problem} role="status">
          {t(problemWords[problem.kind], {
            line: 'line' in problem ? problem.line : 1,
            name: 'name' in problem ? problem.name : '',
            place: problem.kind === 'template' ? problem.problem.at + 1 : 1,
            number: problem.kind === 'too-many' ? number(problem.count) : '',
          })}
        </p>
      )}
    </div>
  );
}
