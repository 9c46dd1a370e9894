/** Prompts that the starter model does well, in the language that it reads. Their words on screen are by key. */
export const examples = {
  balloon: 'a red hot-air balloon rising over green hills at sunset',
  star: 'a pink star floating over the sea at night',
  boat: 'a white sailing boat moving right across the sea by day',
  rocket: 'a blue rocket taking off from snowy mountains',
} as const;

export type Example = keyof typeof examples;
export const exampleKeys = Object.keys(examples) as Example[];
