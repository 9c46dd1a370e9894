export default {
  modelMissing: 'The model {{model}} is not on this machine. Choose another one.',
  side: {
    width: '{{model}} makes widths of a multiple of {{multiple}}. The nearest to {{value}}: {{nearest}}.',
    height: '{{model}} makes heights of a multiple of {{multiple}}. The nearest to {{value}}: {{nearest}}.',
  },
  frames: '{{model}} cannot make {{value}} frames. The nearest: {{nearest}}.',
  length: '{{model}} makes {{max}} frames at most. Choose a shorter clip.',
  pictureNeeded: '{{model}} goes on from a picture. Give it one, or choose a model that works from words.',
  pictureNotUsed: '{{model}} works from words alone. Remove the picture, or choose a model that goes on from one.',
  or: '{{one}} or {{other}}',
  picture: {
    empty: 'This file is empty. Choose another picture.',
    'too-many-bytes': 'This file is larger than {{bytes}}. Choose a smaller picture.',
    'not-a-picture': 'This is not a picture that Reelwright can read. PNG, JPEG, WebP, GIF, TIFF and AVIF work.',
    'cut-short': 'This picture is cut short or damaged. Export or copy it again.',
    'too-many-pixels': 'This picture is too large: {{side}} pixels a side and {{pixels}} million in all are the limit.',
    gone: 'The picture is not there any more. Choose it again.',
  },
  promptEmpty: 'Write a prompt first: a few words about what the clip shows.',
  folder: {
    relative: '{{path}} is not a whole path. Begin it at the root or the drive.',
    missing: 'There is no folder {{path}}.',
    'not-a-folder': '{{path}} is not a folder.',
    'not-writable': 'Nothing can be written to {{path}}. Choose another folder.',
    full: 'The disk of {{path}} is full. Free some space or choose another folder.',
  },
  job: {
    gone: 'This job is not in the queue any more.',
    'not-in-this-state': 'The job has moved on meanwhile, so this cannot be done now.',
  },
  clip: {
    gone: 'This clip is not in the library any more.',
    'file-gone': 'The file of this clip was moved or deleted.',
    'not-in-trash': 'This clip is not in the trash.',
    'in-use': 'Some files are in use by another program and were left in the trash. Close it and try again.',
  },
  storage: {
    'read-only': 'The data folder cannot be written to, so this was not kept. Check its permissions.',
    full: 'The disk of the data folder is full, so this was not kept. Free some space.',
    gone: 'The data folder is not there any more. Bring it back and start Reelwright again.',
  },
  notInThisHost: 'This can only be done in the desktop window.',
} as const;
