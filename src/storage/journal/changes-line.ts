/** The part of a journal's line that holds several changes of one commit; record.ts says what the line looks like. */
import type { Write } from '../contract.ts';
import { ownBuffer } from '../own-buffer.ts';
import { formOf, valueIn } from './value-form.ts';

const begin = /^\{"revision":\d+,"durable":\d+,"changes":\[/;
/** At most so many bytes: two revisions of 16 digits. */
const beginBytes = 80;
const valuesMark = Buffer.from(',"values":[');
const comma = Buffer.from(',');
const end = Buffer.from(']');

/** Whether a line without its checksum is of this form, and not of that of one change. */
export function isChangesLine(body: Buffer): boolean {
  return begin.test(body.toString('latin1', 0, beginBytes));
}

/** The changes, to be put after the revisions. */
export function encodeChanges(changes: readonly Write[]): Buffer[] {
  const heads: object[] = [];
  const values: Buffer[] = [];
  for (const { key, value } of changes) {
    if (value === 'deleted') {
      heads.push({ key, deleted: true });
      continue;
    }
    const form = formOf(value);
    if (form !== 'inline') {
      heads.push({ key, [form]: value.toString(form === 'text' ? 'utf8' : form) });
      continue;
    }
    heads.push({ key, bytes: value.length });
    if (values.length > 0) values.push(comma);
    values.push(value);
  }
  return [Buffer.from(`,"changes":${JSON.stringify(heads)}`), valuesMark, ...values, end];
}

/**
 * Where the values begin, and the text before them. The mark cannot occur in the keys and texts before it: in a JSON
 * string every quote follows a backslash.
 */
export function headOfChanges(body: Buffer): { readonly head: string; readonly valuesAt: number } {
  const at = body.indexOf(valuesMark);
  return { head: body.toString('utf8', 0, Math.max(0, at)), valuesAt: at + valuesMark.length };
}

/**
 * @param heads of the changes, as parsed
 * @param values the bytes of their values, with the bracket that closes them
 * @returns undefined where the two do not fit
 */
export function decodeChanges(heads: unknown, values: Buffer): readonly Write[] | undefined {
  if (!Array.isArray(heads) || heads.length === 0) return undefined;
  const changes: Write[] = [];
  let at = 0;
  let isFirst = true;
  // The decoding border: every field is looked at before it is used.
  for (const head of heads as readonly (Readonly<Record<string, unknown>> | null)[]) {
    const key = head?.key;
    if (typeof key !== 'string') return undefined;
    const inHead = head?.deleted === true ? 'deleted' : valueIn(head);
    if (inHead !== undefined) {
      changes.push({ key, value: inHead });
    } else {
      if (!isFirst) at += comma.length;
      isFirst = false;
      const next = at + Number(head?.bytes);
      if (!Number.isSafeInteger(next) || next < at || next >= values.length) return undefined;
      // A copy, because a slice would keep the whole line in memory.
      changes.push({ key, value: ownBuffer(values.subarray(at, next)) });
      at = next;
    }
  }
  return at + end.length === values.length ? changes : undefined;
}
