import { z } from 'zod';
import { PresetDocument } from '../preset.ts';
import { Preset, PresetChange, ReceivedPreview } from '../storedPreset.ts';
import { flag, get, id, ids, post } from './asked.ts';

/** The id of a clip whose still becomes the thumbnail. */
const clip = z.string().min(1).max(64).nullable().default(null);

export const presets = {
  list: get('/presets', 'Presets, newest first, then those that come with the studio').output(z.array(Preset)),
  get: get('/presets/{id}', 'One preset').input(id).output(Preset),
  create: post('/presets', 'Keep a preset')
    .input(z.object({ document: PresetDocument, clip }))
    .output(Preset),
  change: post('/presets/{id}', 'Change a preset of your own')
    .input(id.extend({ change: PresetChange, clip }))
    .output(Preset),
  duplicate: post('/presets/{id}/duplicate', 'A preset again, under another name')
    .input(id.extend({ name: PresetDocument.shape.name }))
    .output(Preset),
  /** They can be restored for thirty days. */
  remove: post('/presets/remove', 'Take presets away').input(ids).output(z.void()),
  restore: post('/presets/restore', 'Put presets back that were taken away').input(ids).output(z.void()),
  /** To be sent: as a link, and as a line for programs that do not know the link. */
  link: get('/presets/{id}/link', 'A preset as a link')
    .input(id.extend({ withoutWords: flag }))
    .output(z.object({ link: z.string(), text: z.string() })),
  /** Desktop: what is dragged out of the window is a file from here on. */
  drag: post('/presets/{id}/drag', 'Drag a preset out of the window').input(id).output(z.void()),
  /** A link or a line, with whatever stands around it. Files come in by `sitePaths.receive`. */
  receive: post('/presets/receive', 'Look at a preset that came as text')
    .input(z.object({ text: z.string().min(1).max(400_000) }))
    .output(ReceivedPreview),
  received: get('/presets/received/{id}', 'What came in').input(id).output(ReceivedPreview),
  /** Keeps what was looked at: of a pack, those at these places. */
  accept: post('/presets/received/{id}/accept', 'Keep what came in')
    .input(id.extend({ which: z.array(z.int().min(0).max(1000)).min(1).max(1000) }))
    .output(z.array(Preset)),
  leave: post('/presets/received/{id}/leave', 'Forget what came in').input(id).output(z.void()),
};
