import type { CSSProperties } from 'react';
import styles from './Skeleton.module.css';

/** Stands where something will be. Still: waiting costs nothing. */
export function Skeleton({
  width = '100%',
  height = 16,
}: {
  width?: CSSProperties['width'];
  height?: CSSProperties['height'];
}) {
  return <div className={styles.skeleton} style={{ width, height }} aria-hidden />;
}
