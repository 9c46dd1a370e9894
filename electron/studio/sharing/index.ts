/**
 * What travels between people: presets and what clips carry, in every wrapping, read from bytes that nobody vouches for.
 * Everything here is a function of bytes or text; only `shareCopy` and `receiveFile` touch files, and only those named.
 */

/** The text with everything that hides in it made visible: for each preview of something received. */
export { visible } from '../../../contract/visible.ts';
/** A document as a `.reelpreset` file. */
export { encodeFile } from './file.ts';
/** A document in nothing but ASCII, as clips carry it. */
export { asciiJson } from './json.ts';
/** A document as a link or a line for a chat, without thumbnail; or how much too long it is. */
export { encodeLink, encodeText, type Line } from './link.ts';
/** Several documents with their thumbnails, as a zip. */
export { encodePack } from './pack.ts';
/** A file that appears whole or not at all. */
export { writeWhole } from './publish.ts';
/** `receive(bytes | text)`: whatever it is, what it says, or why not. Never throws, stores nothing. */
export { receive, receiveFile } from './receive.ts';
/** What a job's clip is going to carry, and what the library is rebuilt from. */
export { clipComment, recordedSettings, withoutWords } from './record.ts';
/** A copy of a clip or picture for others: with its settings, with all but the words, or bare. */
export { type ShareChoice, shareCopy } from './shareCopy.ts';
