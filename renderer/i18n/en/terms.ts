/** Words that are the same in every room. */
export default {
  close: 'Close',
  cancel: 'Cancel',
  dismiss: 'Dismiss',
  clearSearch: 'Empty the search',
  undo: 'Undo',
  tryAgain: 'Try again',
  remove: 'Remove',
  tasks: {
    'text-to-video': 'from words',
    'image-to-video': 'from a picture',
  },
  /** Ways that change the picture a little. "With {{what}}"; where a line begins with it, it is drawn with a capital. */
  shortcuts: {
    'cached-steps': 'cached steps',
    'eight-bit-weights': 'weights in eight bits',
    'eight-bit-products': 'products in eight bits',
    'eight-bit-products-and-cached-steps': 'products in eight bits and cached steps',
    'sage-attention': 'attention in eight bits',
  },
  phases: {
    loading: 'load',
    encoding: 'encode',
    denoising: 'denoise',
    decoding: 'decode',
    finishing: 'finish',
  },
  /** "while {{doing}}"; where a line begins with it, it is drawn with a capital. */
  doing: {
    loading: 'loading the model',
    encoding: 'reading the prompt',
    denoising: 'denoising',
    decoding: 'decoding the frames',
    finishing: 'writing the clip',
    none: 'starting',
  },
  now: '{{doing}}',
  sentence: '{{text}}.',
} as const;
