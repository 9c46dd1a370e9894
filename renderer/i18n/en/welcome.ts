export default {
  title: 'Make short videos from words, on this computer',
  text: 'Reelwright works without an account and without the network. Nothing you make leaves this machine.',
  pick: 'Pick a clip to start with',
  make: 'Make this clip',
  skip: 'Skip, I know my way',
  engine: {
    'setting-up': 'Reelwright sets itself up meanwhile. Your clip begins as soon as that is done.',
    starting: 'The engine is starting; your clip begins in a moment.',
    ready: 'Ready. It takes less than a minute on most machines.',
    impossible: 'Something stands in the way of rendering here. You will see what, and what to do.',
  },
  language: 'Language',
} as const;
