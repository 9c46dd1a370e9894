/** What is to be done to the bytes of a file, one after the other. */
export type Edit =
  | { kind: 'write'; at: number; bytes: Uint8Array }
  | { kind: 'zero'; at: number; length: number }
  | { kind: 'cut'; at: number };
