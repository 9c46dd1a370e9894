// One Ctrl-C reaches a program under npm up to three times: from the terminal, from npm, and from
// the Node that started it. The program must see one; a person's second Ctrl-C must stay a second one.

/** @type {NodeJS.Signals[]} */
export const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const oneKeyPress = 400;

export function mergeRepeatedSignals() {
  /** @type {Map<string | symbol, number>} */
  const last = new Map();
  const emit = process.emit;
  /** @type {(name: string | symbol, ...rest: unknown[]) => boolean} */
  const merged = (name, ...rest) => {
    if (forwarded.some((signal) => signal === name)) {
      const now = performance.now();
      const before = last.get(name) ?? Number.NEGATIVE_INFINITY;
      last.set(name, now);
      if (now - before < oneKeyPress) return true;
    }
    return Reflect.apply(emit, process, [name, ...rest]);
  };
  process.emit = /** @type {typeof process.emit} */ (merged);
}
