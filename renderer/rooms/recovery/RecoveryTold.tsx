import { useTelling } from './telling.ts';

/** For those who listen, in whatever room they are. */
export function RecoveryTold() {
  const text = useTelling((state) => state.text);
  return (
    <p role="status" className="visually-hidden">
      {text}
    </p>
  );
}
