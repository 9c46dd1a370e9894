/** Three hues and places of a calm field of colour, always the same for the same words. */
export interface ColourField {
  hues: readonly [number, number, number];
  places: readonly [number, number];
}

/** FNV-1a: spreads well, and needs nothing. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

export function colourField(words: string): ColourField {
  const one = hash(words);
  const other = hash(`${words} `);
  const hue = one % 360;
  return {
    hues: [hue, (hue + 30 + (other % 40)) % 360, (hue + 170 + (other % 60)) % 360],
    places: [10 + ((one >>> 9) % 60), 20 + ((other >>> 9) % 60)],
  };
}
