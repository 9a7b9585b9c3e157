/** The playground's own certificates, in DIR/pki: made once, and anew when they near their end. */
import { X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeafOptions } from '../../pki/certificates.ts';
import { signsFor, type KeyPair } from '../../pki/key-pair.ts';
import type { Clock } from '../../runtime/clock.ts';
import { silentLogger, type Logger } from '../../runtime/logger.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { viewerName } from '../rbac/viewer.ts';
import { writePrivately } from './private-file.ts';

interface Pki {
  /** PEM of the CA's certificate. */
  readonly ca: string;
  readonly server: KeyPair;
  /** Of the administrator in the kubeconfig. */
  readonly client: KeyPair;
  /** Of the user in the kubeconfig-viewer, who may only look. */
  readonly viewer: KeyPair;
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

const viewerLeaf: LeafOptions = { subject: `CN=${viewerName}`, usage: 'client', days: 365 };

/** Undefined where it is not there. @throws Error with the name of the file */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The CA's files are not what was written: whoever trusts this CA must not be given another one in silence. */
export class DamagedAuthorityError extends Error {
  constructor(path: string, what: string) {
    super(
      `${path} is damaged: ${what}. Nothing was changed. The way out: put the file back from a copy, or remove ca.crt and ` +
        'ca.key: a new CA is made then, and kubeconfigs that were copied from this playground have to be copied again',
    );
    this.name = 'DamagedAuthorityError';
  }
}

/** missing: not there, or empty. damaged: it says in which file and why. old: near its end. */
type Found =
  | { readonly state: 'good'; readonly pair: KeyPair }
  | { readonly state: 'missing' | 'old' }
  | { readonly state: 'damaged'; readonly path: string; readonly what: string };

async function readPair(directory: string, name: string, now: Date, ca?: string): Promise<Found> {
  const [certificatePath, keyPath] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  const [certificate = '', key = ''] = [await readText(certificatePath), await readText(keyPath)];
  if (certificate === '' || key === '') return { state: 'missing' };
  const damaged = (path: string, what: string): Found => ({ state: 'damaged', path, what });
  const parsed = attempt(() => new X509Certificate(certificate));
  if (parsed === undefined) return damaged(certificatePath, 'it is no certificate');
  const issuer = ca === undefined ? parsed : new X509Certificate(ca);
  if (attempt(() => parsed.verify(issuer.publicKey)) !== true) {
    return damaged(certificatePath, 'its signature is not that of the CA');
  }
  const signs = attempt(() => signsFor(parsed, key));
  if (signs === undefined) return damaged(keyPath, 'it is no private key');
  if (!signs) return damaged(keyPath, `it is not the key of ${name}.crt`);
  // One that is not valid yet is no old one: the clock is wrong, and goes right again.
  const isOld = Date.parse(parsed.validTo) - now.getTime() <= renewBeforeMs;
  return isOld ? { state: 'old' } : { state: 'good', pair: { certificate, key } };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // the caller says what is wrong with it
  }
}

/** The key goes first: a certificate without its key would be taken for damage. */
async function writePair(directory: string, name: string, pair: KeyPair): Promise<void> {
  await writePrivately(join(directory, `${name}.key`), pair.key);
  await writePrivately(join(directory, `${name}.crt`), pair.certificate);
}

/**
 * Reads the certificates, and makes those that are missing or near their end; a new CA makes the others anew as well.
 * A damaged leaf is made anew, with a warning.
 * @param directory DIR/pki; made (0700) where it is missing
 * @throws DamagedAuthorityError where the CA is damaged; nothing was changed
 */
export async function ensurePki(directory: string, clock: Clock, logger: Logger = silentLogger): Promise<Pki> {
  const now = clock.now();
  await makeFolder(directory, 0o700);
  await chmod(directory, 0o700);
  await warnOfModes(directory, logger);
  const authority = await ensureAuthority(directory, now, logger);
  warnOfClock(authority.certificate, now, logger);
  const ensureLeaf = async (name: string, options: LeafOptions): Promise<KeyPair> => {
    const found = await readPair(directory, name, now, authority.certificate);
    if (found.state === 'good') return found.pair;
    if (found.state === 'damaged') logger.warn({ file: found.path }, `${found.what}: a new certificate is made`);
    const { makeLeaf } = await import('../../pki/certificates.ts');
    const made = await makeLeaf(authority, options, now);
    await writePair(directory, name, made);
    return made;
  };
  const server = await ensureLeaf('server', serverLeaf);
  const client = await ensureLeaf('client', clientLeaf);
  const viewer = await ensureLeaf('viewer', viewerLeaf);
  return { ca: authority.certificate, server, client, viewer };
}

async function ensureAuthority(directory: string, now: Date, logger: Logger): Promise<KeyPair> {
  const found = await readPair(directory, 'ca', now);
  if (found.state === 'good') return found.pair;
  if (found.state === 'damaged') throw new DamagedAuthorityError(found.path, found.what);
  const left = (await readdir(directory)).filter((name) => /\.(?:crt|key)$/.test(name));
  const { makeAuthority } = await import('../../pki/certificates.ts');
  const made = await makeAuthority('kubedirector-playground-ca', now);
  await writePair(directory, 'ca', made);
  if (left.length > 0) {
    const why = found.state === 'old' ? 'the CA nears its end' : 'the CA was missing or empty';
    logger.warn({ file: join(directory, 'ca.crt') }, `${why}: a new one was made; copied kubeconfigs are refused now`);
  }
  return made;
}

/** Keys that others may read are told, and left as they are: somebody may have meant it. */
async function warnOfModes(directory: string, logger: Logger): Promise<void> {
  for (const name of (await readdir(directory)).filter((one) => one.endsWith('.key'))) {
    const file = join(directory, name);
    const mode = (await stat(file)).mode & 0o777;
    if ((mode & 0o077) === 0) continue;
    logger.warn({ file, mode: mode.toString(8) }, 'this private key can be read by others: chmod 600 it');
  }
}

function warnOfClock(certificate: string, now: Date, logger: Logger): void {
  const { validFrom } = new X509Certificate(certificate);
  if (Date.parse(validFrom) <= now.getTime()) return;
  const fields = { now: now.toISOString(), validFrom };
  logger.warn(fields, 'the clock is before the certificates became valid: clients are refused until it is set right');
}
