import { limits } from '../../contract/render.ts';
import { shortcuts } from '../../contract/shortcut.ts';

const range = ({ min, max }: { min: number; max: number }) => `${min} to ${max}`;

export const help = `Reelwright makes video from words or a picture, on this machine alone.

  npm start           the studio window, or the same in a browser where there is no display
  npm start -- generate --prompt "a red balloon rising over green hills at sunset" --out clip.mp4

Commands
  generate            make a clip
    --prompt TEXT       what it shows
    --negative TEXT     what it should not show
    --image FILE        a picture to start from
    --model NAME        a model of "models", or its folder
    --width, --height   pixels, ${range(limits.side)}
    --frames N          ${range(limits.frames)}
    --fps N             frames a second, ${range(limits.fps)}
    --steps N           ${range(limits.steps)}; more steps, finer detail
    --guidance N        ${range(limits.guidance)}; how closely to follow the prompt
    --scheduler NAME    ddim or dpm
    --seed N            the same seed gives the same clip
    --vram GB           take at most so much of the card, or of the memory where there is none
    --shortcut NAME     faster or smaller with a slightly other picture, where "plan" offers it:
${shortcuts.map((shortcut) => `                        ${shortcut}`).join('\n')}
    --preset WHAT       what is not said here, from a preset, clip, picture or link
    --out FILE          where the clip goes (an MP4 file)
    --overwrite         replace it when it exists
    --recover HOW       after a failure that can be mended: auto (by itself), ask, or never
  plan                how a clip would be made, what it takes, and what would make it fit
    --model, --width, --height, --frames, --steps, --guidance   as above; else the model's own
    --card NAME, --vram GB, --ram GB   on another machine than this one
  calibrate           make a few short clips to see what this machine does, for better plans
    --model, --width, --height, --frames, --steps, --guidance   of the clips that you make
  serve               the studio for a browser or a program
    --port N            else 4317, or any that is free
    --host ADDRESS      else 127.0.0.1; another one lets other machines in
  jobs                list what was asked for
  jobs resume [ID]    go on with an unfinished job: the newest, or the one named
    --recover HOW       as above
  jobs cancel ID      stop a job, or give up an unfinished one
  presets show WHAT   what a preset, pack, clip, picture or link says, without taking anything of it
  presets export      the settings of a clip as a preset: a link, or a file
    --from-clip FILE    the clip
    --out FILE          the preset (a .reelpreset file); without it the link is printed
    --keep-seed         with the seed of the clip, for the very same frames
  presets strip FILE COPY   a copy of a clip or picture that does not say how it was made
    --keep-settings     keep all but its words: prompt and negative prompt
    --overwrite         for both: replace what has the name
  library rebuild     read the library anew from its files, which carry their settings
  library import FOLDER   take in the clips of a folder where they lie
    --plain             also videos that say nothing of how they were made
  library move FOLDER     move all clips there: copied, compared, then switched
  library export CLIP OUT  a clip as .mp4, .webm, .gif, .zip or a folder of frames
    --quality Q         high, middle or small
    --copy              the file as it is, for .mp4
    --settings S        what it says of itself: all, without-words or none
  models              the models on this machine
  cache               what is kept to save time: prompts that were read, what was compiled
  cache clear         throw it away; it is made again when it is needed
  doctor              look at the machine and try it

Everywhere
  --json              one JSON object a line, for programs
  --home FOLDER       the data folder (else REELWRIGHT_HOME, else the system's place)

Exit codes: 0 done, 2 wrong arguments, 3 cannot be done on this machine, 4 failed, 130 cancelled.`;
