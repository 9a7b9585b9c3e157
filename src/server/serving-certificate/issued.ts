/** A serving certificate and the CAs behind it, and the form in which replicas share them: a Secret. */
import type { Secret } from '../../apis/kubernetes/types.ts';
import { fits, issuedBy, parseCertificates, type KeyPair } from '../../pki/key-pair.ts';

/** A certificate that this server has issued to itself. */
export interface Issued {
  readonly leaf: KeyPair;
  /** The CA that issued the leaf. */
  readonly signer: KeyPair;
  /** The CA that is to come: trusted already, so that every replica may be met with what it will issue. */
  readonly successor?: KeyPair;
  /** PEM, one certificate each: CAs that issued what a replica may still be serving. */
  readonly predecessors: readonly string[];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** PEM of every CA that clients are to trust, the signer first. */
export function trustBundle({ signer, successor, predecessors }: Issued): string {
  return [signer.certificate, ...(successor === undefined ? [] : [successor.certificate]), ...predecessors]
    .map((one) => `${one.trim()}\n`)
    .join('');
}

/**
 * ```
 * tls.crt, tls.key   the certificate and its key, as in every Secret of type kubernetes.io/tls
 * ca.crt             the trust bundle
 * ca.key             of the CA in it that issues
 * next-ca.key        of the CA in it that will issue next; absent where none is to come
 * ```
 */
export function toData(issued: Issued): Record<string, string> {
  const { leaf, signer, successor } = issued;
  return {
    'tls.crt': base64(leaf.certificate),
    'tls.key': base64(leaf.key),
    'ca.crt': base64(trustBundle(issued)),
    'ca.key': base64(signer.key),
    ...(successor === undefined ? {} : { 'next-ca.key': base64(successor.key) }),
  };
}

/** All keys that toData may give. */
export const dataKeys: readonly string[] = ['tls.crt', 'tls.key', 'ca.crt', 'ca.key', 'next-ca.key'];

/** @throws Error saying what is wrong with it: something is missing, unreadable, or does not belong together */
export function fromSecret({ data = {} }: Pick<Secret, 'data'>): Issued {
  const text = (key: string): string => {
    const value = data[key];
    if (value === undefined || value === '') throw new Error(`it has no ${key}`);
    return Buffer.from(value, 'base64').toString('utf8');
  };
  const leaf = { certificate: text('tls.crt'), key: text('tls.key') };
  const [certificate] = parsed('tls.crt', leaf.certificate);
  if (certificate === undefined) throw new Error('its tls.crt holds no certificate');
  if (!paired('tls.key', () => fits(certificate, leaf.key))) throw new Error('its tls.key is not that of its tls.crt');

  let authorities = parsed('ca.crt', text('ca.crt'));
  const takeOwner = (key: string): KeyPair => {
    const owner = authorities.find((one) => paired(key, () => fits(one, text(key))));
    if (owner === undefined) throw new Error(`its ${key} is of none of the CAs in its ca.crt`);
    authorities = authorities.filter((one) => one !== owner);
    return { certificate: owner.toString(), key: text(key) };
  };
  const signer = takeOwner('ca.key');
  const [authority] = parsed('ca.crt', signer.certificate);
  if (authority === undefined || !issuedBy(certificate, authority)) {
    throw new Error('its tls.crt was not issued by the CA of its ca.key');
  }
  const successor = data['next-ca.key'] === undefined ? {} : { successor: takeOwner('next-ca.key') };
  return { leaf, signer, ...successor, predecessors: authorities.map((one) => one.toString()) };
}

function parsed(key: string, text: string) {
  try {
    return parseCertificates(text);
  } catch (cause) {
    throw new Error(`its ${key} cannot be read as certificates`, { cause });
  }
}

function paired(key: string, check: () => boolean): boolean {
  try {
    return check();
  } catch (cause) {
    throw new Error(`its ${key} cannot be read as a key`, { cause });
  }
}
