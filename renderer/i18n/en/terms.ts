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
