/** Models that presets are made for, whether they are here or not. */
export const knownNames: Readonly<Record<string, string | undefined>> = {
  'cogvideox-2b': 'CogVideoX 2B',
  'cogvideox-5b': 'CogVideoX 5B',
  'cogvideox-5b-i2v': 'CogVideoX 5B I2V',
  'cogvideox-1.5-5b': 'CogVideoX 1.5 5B',
  'cogvideox-1.5-5b-i2v': 'CogVideoX 1.5 5B I2V',
};
