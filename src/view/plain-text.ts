/** Text of others, made harmless for a terminal and for a line of a table. */

/** CSI, OSC and other escape sequences, in their 7-bit and 8-bit forms. Source: ECMA-48 */
const sequences = new RegExp(
  [
    String.raw`(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]`,
    String.raw`(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?`,
    String.raw`\x1b[ -/]*[0-~]`,
  ].join('|'),
  'g',
);
/** Control characters, and marks that change the direction in which text is shown (CVE-2021-42574). */
const controls = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const exceptLineFeedAndTab = /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** On one line: escape sequences and control characters are out, white space is one space. */
export function plainLine(text: string): string {
  return text
    .replace(sequences, '')
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(controls, '')
    .trim();
}

/** The same for text of several lines: line feeds and tabs stay. */
export function plainLines(text: string): string {
  return text.replace(sequences, '').replace(/\r\n/g, '\n').replace(exceptLineFeedAndTab, '');
}
