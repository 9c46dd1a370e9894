// What has no width or turns the direction of the text around it; unpaired surrogates; controls but for line breaks.
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/gu;
// Within an emoji they have their ordinary meaning: a heart that is red, people who are a family.
const emojiParts =
  /\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?(?:\u200d\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?)*/gu;

const mark = (character: string) =>
  character === '\n' ? character : `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
const marked = (text: string) => text.replace(hidden, mark);

/** The text with everything that could hide in it or turn it around written out, as in ⟨U+202E⟩. Line breaks stay. */
export function visible(text: string): string {
  let shown = '';
  let end = 0;
  for (const emoji of text.matchAll(emojiParts)) {
    shown += marked(text.slice(end, emoji.index)) + emoji[0];
    end = emoji.index + emoji[0].length;
  }
  return shown + marked(text.slice(end));
}
