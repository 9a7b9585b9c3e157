/** The playground's own certificates, in DIR/pki: made once, and anew when they near their end. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeafOptions } from '../../pki/certificates.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
import type { Clock } from '../../runtime/clock.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { writePrivately } from './private-file.ts';

export interface Pki {
  /** PEM of the CA's certificate. */
  readonly ca: string;
  readonly server: KeyPair;
  /** Of the user in the kubeconfig. */
  readonly client: KeyPair;
}

const day = 86_400_000;
/** What has less time than this left is made anew. */
const renewBeforeMs = 30 * day;

const serverLeaf: LeafOptions = {
  subject: 'CN=kubedirector-playground',
  usage: 'server',
  dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
  addresses: ['127.0.0.1', '::1', '10.96.0.1'],
  days: 365,
};
const clientLeaf: LeafOptions = {
  subject: 'O=system:masters, CN=playground-admin',
  usage: 'client',
  days: 365,
};

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined where it is missing, unreadable as X.509, no pair, not this CA's, or near its end. */
async function readPair(directory: string, name: string, now: Date, ca?: string): Promise<KeyPair | undefined> {
  const certificate = await readText(join(directory, `${name}.crt`));
  const key = await readText(join(directory, `${name}.key`));
  if (certificate === undefined || key === undefined) return undefined;
  try {
    const parsed = new X509Certificate(certificate);
    const inTime =
      Date.parse(parsed.validTo) - now.getTime() > renewBeforeMs && Date.parse(parsed.validFrom) <= now.getTime();
    const paired = parsed.checkPrivateKey(createPrivateKey(key));
    const issued = ca === undefined || parsed.verify(new X509Certificate(ca).publicKey);
    return inTime && paired && issued ? { certificate, key } : undefined;
  } catch {
    // Half-written or not ours: as good as missing.
    return undefined;
  }
}

/** The key goes first: a certificate without its key would be taken for damage. */
async function writePair(directory: string, name: string, pair: KeyPair): Promise<void> {
  await writePrivately(join(directory, `${name}.key`), pair.key);
  await writePrivately(join(directory, `${name}.crt`), pair.certificate);
}

/**
 * A new CA makes the other two anew as well.
 * @param directory DIR/pki; made (0700) where it is missing
 */
export async function ensurePki(directory: string, clock: Clock): Promise<Pki> {
  const now = clock.now();
  await makeFolder(directory, 0o700);
  await chmod(directory, 0o700);
  let authority = await readPair(directory, 'ca', now);
  let server = await readPair(directory, 'server', now, authority?.certificate);
  let client = await readPair(directory, 'client', now, authority?.certificate);
  if (authority && server && client) return { ca: authority.certificate, server, client };

  const { makeAuthority, makeLeaf } = await import('../../pki/certificates.ts');
  if (!authority) {
    authority = await makeAuthority('kubedirector-playground-ca', now);
    await writePair(directory, 'ca', authority);
    server = undefined;
    client = undefined;
  }
  if (!server) {
    server = await makeLeaf(authority, serverLeaf, now);
    await writePair(directory, 'server', server);
  }
  if (!client) {
    client = await makeLeaf(authority, clientLeaf, now);
    await writePair(directory, 'client', client);
  }
  return { ca: authority.certificate, server, client };
}
