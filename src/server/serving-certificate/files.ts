/** The certificate that somebody else makes, in files that change when it is renewed. */
import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { ServingCredentials } from '../../apiserver/server.ts';
import { fits, issuedBy, parseCertificates, validity } from '../../pki/key-pair.ts';
import { ConfigurationError } from '../configuration-error.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** Whose certificates clients are to trust. */
  readonly ca?: string;
}

/** The contents of certificate files, checked. */
export interface FromFiles {
  readonly credentials: ServingCredentials;
  /** PEM. */
  readonly ca?: string;
}

type Texts = Readonly<Record<keyof CertificateFiles, string>>;

/** By so much may the clock of whoever issued the certificate be ahead. */
const skewMs = 300_000;
/** Reads that differ are tried again so often: somebody is writing. */
const maxReads = 4;

/** @throws ConfigurationError naming the file and what is wrong with it */
export async function readCertificateFiles(files: CertificateFiles, now: Date): Promise<FromFiles> {
  const texts = await readAll(files);
  const chain = certificatesIn(files.cert, texts.cert);
  checkTime(files.cert, chain[0], now);
  checkKey(files, texts, chain[0]);
  if (files.ca !== undefined) checkAuthorities(files.ca, certificatesIn(files.ca, texts.ca), files.cert, chain);
  const credentials = { key: texts.key, cert: texts.cert };
  return { credentials, ...(files.ca === undefined ? {} : { ca: texts.ca }) };
}

/** Twice the same in a row: a folder whose link is swapped between two files (as kubelet does) is not taken apart. */
async function readAll(files: CertificateFiles): Promise<Texts> {
  let before: Texts | undefined;
  for (let read = 1; ; read++) {
    const texts = { cert: await readText(files.cert), key: await readText(files.key), ca: await readText(files.ca) };
    const same = texts.cert === before?.cert && texts.key === before.key && texts.ca === before.ca;
    if (same || read === maxReads) return texts;
    before = texts;
  }
}

async function readText(path: string | undefined): Promise<string> {
  if (path === undefined) return '';
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${path} cannot be read: ${why}`, { cause });
  }
}

function certificatesIn(path: string, text: string): [X509Certificate, ...X509Certificate[]] {
  let certificates: X509Certificate[];
  try {
    certificates = parseCertificates(text);
  } catch (cause) {
    throw new ConfigurationError(`${path} holds a certificate that cannot be read`, { cause });
  }
  const [first, ...rest] = certificates;
  if (first === undefined) throw new ConfigurationError(`${path} holds no certificate in PEM form`);
  return [first, ...rest];
}

function checkTime(path: string, certificate: X509Certificate, now: Date): void {
  const { from, to } = validity(certificate);
  if (to <= now.getTime()) throw new ConfigurationError(`the certificate in ${path} expired on ${iso(to)}`);
  if (from - now.getTime() > skewMs)
    throw new ConfigurationError(`the certificate in ${path} is not valid before ${iso(from)}`);
}

const iso = (time: number): string => new Date(time).toISOString();

function checkKey(files: CertificateFiles, { cert, key }: Texts, certificate: X509Certificate): void {
  let paired: boolean;
  try {
    paired = fits(certificate, key);
  } catch (cause) {
    throw new ConfigurationError(`${files.key} holds no private key in PEM form that can be read without a password`, {
      cause,
    });
  }
  if (!paired)
    throw new ConfigurationError(`the key in ${files.key} does not belong to the certificate in ${files.cert}`);
  try {
    createSecureContext({ key, cert });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`TLS takes no certificate as in ${files.cert}: ${why}`, { cause });
  }
}

/** Whoever trusts one of these would believe one of those. */
function checkAuthorities(
  path: string,
  authorities: readonly X509Certificate[],
  certPath: string,
  chain: readonly X509Certificate[],
): void {
  const trusted = chain.some((one) =>
    authorities.some((ca) => ca.fingerprint256 === one.fingerprint256 || issuedBy(one, ca)),
  );
  if (!trusted) throw new ConfigurationError(`no CA in ${path} has issued what is in ${certPath}`);
}
