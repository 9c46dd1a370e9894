import { Check } from 'lucide-react';
import { RadioGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '../../../contract/draft.ts';
import { shortcuts } from '../../../contract/shortcut.ts';
import { useFigures } from '../../i18n/index.ts';
import { changeDraft } from './draft.ts';
import { type Choices, type Gain, gainOf, type Offer } from './fit.ts';
import styles from './ShortcutChoice.module.css';

/** The exact picture, or faster and smaller ways to one that is slightly different, each with its price. */
export function ShortcutChoice({ draft, choices }: { draft: Draft; choices: Choices }) {
  const { t } = useTranslation(['plan', 'terms']);
  const { about } = useFigures();
  const { exact, offers } = choices;
  const wanted = draft.shortcut ?? null;
  const taken = offers.some(({ shortcut }) => shortcut === wanted) ? wanted : null;
  return (
    <>
      {wanted !== taken && wanted !== null && (
        <p className={styles.note} role="status">
          {t('shortcut.missing', { name: t(`terms:shortcuts.${wanted}`) })}
        </p>
      )}
      {offers.length > 0 && (
        <RadioGroup.Root
          className={styles.choices}
          aria-label={t('shortcut.label')}
          value={taken ?? exactly}
          onValueChange={pick}
        >
          <Way value={exactly} picked={taken === null}>
            {exact === null ? t('shortcut.exactTooLarge') : t('shortcut.exact', { time: about(exact.seconds) })}
          </Way>
          {offers.map((offer) => (
            <Way key={offer.shortcut} value={offer.shortcut} picked={taken === offer.shortcut}>
              <Price offer={offer} gain={gainOf(offer, exact)} />
            </Way>
          ))}
        </RadioGroup.Root>
      )}
    </>
  );
}

const exactly = 'exact';

const pick = (value: string) => changeDraft({ shortcut: shortcuts.find((each) => each === value) });

function Way({ value, picked, children }: { value: string; picked: boolean; children: ReactNode }) {
  return (
    // However short the arrow key was pressed, the one with the focus is the one that is picked.
    <RadioGroup.Item value={value} className={styles.choice} onFocus={() => picked || pick(value)}>
      <span className={styles.mark} aria-hidden>
        <RadioGroup.Indicator>
          <Check size={10} />
        </RadioGroup.Indicator>
      </span>
      <span className={styles.words}>{children}</span>
    </RadioGroup.Item>
  );
}

function Price({ offer, gain }: { offer: Offer; gain: Gain }) {
  const { t } = useTranslation(['plan', 'terms']);
  const { about, bytes } = useFigures();
  const name = t(`terms:shortcuts.${offer.shortcut}`);
  const time = about(offer.seconds);
  switch (gain.kind) {
    case 'fits':
      return t('shortcut.fits', { name, time });
    case 'time': {
      const exact = about(gain.exactSeconds);
      return exact === time ? t('shortcut.hardly', { name }) : t('shortcut.faster', { name, time, exact });
    }
    case 'memory':
      return t('shortcut.smaller', { name, time, bytes: bytes(offer.bytes), exact: bytes(gain.exactBytes) });
  }
}
