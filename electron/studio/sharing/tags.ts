/** A text that a clip or a picture carries, by the name that it has there, in lower case; `xmp` is a whole packet. */
export interface Tag {
  key: string;
  text: string;
}

/** Longer texts are nobody's settings, nor are all of one file together, when they are unpacked. */
export const tagLimits = { bytes: 2 ** 20, count: 64, together: 2 * 2 ** 20 } as const;
