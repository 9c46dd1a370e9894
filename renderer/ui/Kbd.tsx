import styles from './Kbd.module.css';

const mac = typeof navigator !== 'undefined' && navigator.userAgent.includes('Mac');
const names: Record<string, string> = mac ? { Mod: '⌘', Enter: '↵', Alt: '⌥' } : { Mod: 'Ctrl', Enter: '↵' };

/** Keys pressed together, such as "Mod+Enter". */
export const Kbd = ({ keys }: { keys: string }) => (
  <kbd className={styles.keys}>
    {keys
      .split('+')
      .map((key) => names[key] ?? key)
      .join(' ')}
  </kbd>
);
