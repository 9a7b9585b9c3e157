/** Documents kept as bytes, sent in the form that is asked for. */
import { notAcceptable } from '../../meta/status.ts';
import type { Exchange } from '../http/contract.ts';
import { sendBody } from '../http/send.ts';
import { asksForNoKind, hasCurrent, hashOf, parseAccept } from '../negotiation/index.ts';

export interface Bytes {
  readonly body: Buffer;
  readonly hash: string;
}

export interface DocumentForm {
  readonly contentType: string;
  /** Of "application/", what a client may call it by. */
  readonly subtypes: readonly string[];
  readonly bytes: () => Bytes;
}

export function hashed(body: Buffer): Bytes {
  return { body, hash: hashOf(body) };
}

export function jsonForm(bytes: () => Bytes): DocumentForm {
  return { contentType: 'application/json', subtypes: ['json'], bytes };
}

/**
 * Each form has an ETag of its own.
 * @param forms the one to prefer first
 * @throws StatusError 406
 */
export async function sendDocument(
  exchange: Exchange,
  forms: readonly DocumentForm[],
  cacheControl = 'no-cache, private',
): Promise<void> {
  const { headers: asked } = exchange.request;
  const { contentType, bytes } = chosenForm(forms, asked.accept);
  const { body, hash } = bytes();
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
