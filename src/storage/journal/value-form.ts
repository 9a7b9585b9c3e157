/** How values stand in the lines of journal and snapshot. */
import { isUtf8 } from 'node:buffer';
import { ownBuffer } from '../own-buffer.ts';

/**
 * inline: its bytes, as they came. text: as a JSON string under "text", because it spans lines. base64: under "base64",
 * because it is no text (it is encrypted).
 */
type ValueForm = 'inline' | 'text' | 'base64';

/** The form in which a value can stand in a line. */
export function formOf(value: Buffer): ValueForm {
  if (!isUtf8(value)) return 'base64';
  return value.includes('\n') || value.includes('\r') ? 'text' : 'inline';
}

/** The value of a parsed head; undefined where it is not in the head. */
export function valueIn(head: { readonly [field: string]: unknown } | null | undefined): Buffer | undefined {
  if (typeof head?.['text'] === 'string') return ownBuffer(Buffer.from(head['text']));
  return typeof head?.['base64'] === 'string' ? ownBuffer(Buffer.from(head['base64'], 'base64')) : undefined;
}
