/** Sends documents that are kept as bytes, in the requested form. */
import { notAcceptable } from '../../meta/status.ts';
import type { Turns } from '../../runtime/turns.ts';
import type { Exchange } from '../exchange.ts';
import { sendBody } from '../http/send.ts';
import { asksForNoKind, hasCurrent, hashOf, parseAccept } from '../negotiation/index.ts';

/** A document with the hash of its content. */
export interface Bytes {
  readonly body: Buffer;
  readonly hash: string;
}

/** One form of a document. */
export interface DocumentForm {
  readonly contentType: string;
  /** The subtypes of "application/" that select this form. */
  readonly subtypes: readonly string[];
  /** Made when they are first asked for, in turns. */
  readonly bytes: (turns: Turns | undefined) => Promise<Bytes>;
}

/** The bytes with their hash. */
export function hashed(body: Buffer): Bytes {
  return { body, hash: hashOf(body) };
}

/** The JSON form of a document. */
export function jsonForm(bytes: DocumentForm['bytes']): DocumentForm {
  return { contentType: 'application/json', subtypes: ['json'], bytes };
}

/**
 * Sends the form that the client accepts, with its own ETag; 304 if the client already has it.
 * @param forms the preferred one first
 * @throws StatusError 406
 */
export async function sendDocument(
  exchange: Exchange,
  forms: readonly DocumentForm[],
  cacheControl = 'no-cache, private',
): Promise<void> {
  const { headers: asked } = exchange.request;
  const { contentType, bytes } = chosenForm(forms, asked.accept);
  const { body, hash } = await bytes(exchange.turns);
  const headers = { ETag: `"${hash}"`, Vary: 'Accept, Accept-Encoding', 'Cache-Control': cacheControl };
  const current = hasCurrent(asked['if-none-match'], hash);
  const answer = current ? { status: 304, body: Buffer.alloc(0) } : { status: 200, body };
  await sendBody(exchange, { ...answer, contentType, headers });
}

function chosenForm(forms: readonly DocumentForm[], accept: string | undefined): DocumentForm {
  const header = accept === undefined || accept === '' ? '*/*' : accept;
  for (const clause of parseAccept(header)) {
    const { type, subtype } = clause;
    if (!asksForNoKind(clause) || (type !== '*' && type !== 'application')) continue;
    const form = forms.find(({ subtypes }) => subtype === '*' || subtypes.includes(subtype));
    if (form) return form;
  }
  throw notAcceptable(forms.map(({ contentType }) => contentType));
}
