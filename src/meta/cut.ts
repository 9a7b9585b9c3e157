/** Shortens texts that come from elsewhere (a program's output, a scheduler's message), counted in bytes of their JSON in UTF-8. */

const ellipsis = '…';
/** In front of a text whose beginning was left out. */
const cutMark = '… cut … ';

/** Bytes that a character takes within a JSON text. A lone half of a surrogate pair is escaped. */
function bytesOf(codePoint: number): number {
  if (codePoint === 0x22 || codePoint === 0x5c) return 2;
  if (codePoint < 0x20) return [0x08, 0x09, 0x0a, 0x0c, 0x0d].includes(codePoint) ? 2 : 6;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return 6;
  return codePoint < 0x10000 ? 3 : 4;
}

/** Bytes of the text within JSON in UTF-8, without its quotation marks. */
export const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Only a text that may or may not fit is counted: a character takes one to six bytes. */
const fits = (text: string, bytes: number): boolean =>
  text.length * 6 <= bytes || (text.length <= bytes && jsonBytes(text) <= bytes);

/** The beginning of a text, at most `bytes` long; it ends with an ellipsis where something was left out. */
export function cutEnd(text: string, bytes: number): string {
  if (fits(text, bytes)) return text;
  let room = bytes - jsonBytes(ellipsis);
  let end = 0;
  for (const character of text) {
    room -= bytesOf(character.codePointAt(0) ?? 0);
    if (room < 0) break;
    end += character.length;
  }
  return bytes < jsonBytes(ellipsis) ? '' : text.slice(0, end) + ellipsis;
}

/** The end of a text, at most `bytes` long; it begins with a mark where something was left out. */
export function cutStart(text: string, bytes: number): string {
  if (fits(text, bytes)) return text;
  let room = bytes - jsonBytes(cutMark);
  if (room < 0) return '';
  let begin = text.length;
  while (begin > 0) {
    const low = text.charCodeAt(begin - 1);
    const isPair = low >= 0xdc00 && low <= 0xdfff && (text.codePointAt(begin - 2) ?? 0) > 0xffff;
    const width = isPair ? 2 : 1;
    room -= bytesOf(text.codePointAt(begin - width) ?? 0);
    if (room < 0) break;
    begin -= width;
  }
  return cutMark + text.slice(begin);
}
