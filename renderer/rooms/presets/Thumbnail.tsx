import type { CSSProperties } from 'react';
import { classes } from '../../ui/classes.ts';
import { colourField } from './colourField.ts';
import styles from './Thumbnail.module.css';

/** Its picture, or a field of colour that is always the same for the same words. */
export function Thumbnail({
  source,
  words,
  className,
}: {
  source: string | null;
  words: string;
  className?: string | undefined;
}) {
  if (source !== null) return <img className={classes(styles.picture, className)} src={source} alt="" loading="lazy" />;
  const { hues, places } = colourField(words);
  const field = {
    '--hue': hues[0],
    '--near': hues[1],
    '--far': hues[2],
    '--left': `${places[0]}%`,
    '--right': `${places[1]}%`,
  } as CSSProperties;
  return <span className={classes(styles.field, className)} style={field} />;
}
