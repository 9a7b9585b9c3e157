/** The certificates of the playground, in DIR/pki. They are made once, and renewed before they expire. */
import { X509Certificate } from 'node:crypto';
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeafOptions } from '../../pki/certificates.ts';
import { signsFor, type KeyPair } from '../../pki/key-pair.ts';
import type { Clock } from '../../runtime/clock.ts';
import { silentLogger, type Logger } from '../../runtime/logger.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { viewerName } from '../rbac/viewer.ts';
import { attempt, finishPair, writePair } from './pair-files.ts';
import { readText } from './private-file.ts';

/** The certificates and keys that the playground uses. */
interface Pki {
  /** The certificate of the CA, PEM. */
  readonly ca: string;
  readonly server: KeyPair;
  /** For the administrator in the file `kubeconfig`. */
  readonly client: KeyPair;
  /** For the read-only user in the file `kubeconfig-viewer`. */
  readonly viewer: KeyPair;
}

const day = 86_400_000;
/** Certificates that expire within this time are made anew. */
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

/** The files of the CA are damaged. They are not replaced silently, because clients trust this CA. */
export class DamagedAuthorityError extends Error {
  constructor(path: string, what: string) {
    super(
      `${path} is damaged: ${what}. Nothing was changed. The way out: put the file back from a copy, or remove ca.crt and ` +
        'ca.key: a new CA is made then, and kubeconfigs that were copied from this playground have to be copied again',
    );
    this.name = 'DamagedAuthorityError';
  }
}

/** missing: a file does not exist or is empty. damaged: `path` and `what` say which file and why. old: expires soon. */
type Found =
  | { readonly state: 'good'; readonly pair: KeyPair }
  | { readonly state: 'missing' | 'old' }
  | { readonly state: 'damaged'; readonly path: string; readonly what: string };

async function readPair(directory: string, name: string, now: Date, ca?: string): Promise<Found> {
  await finishPair(directory, name);
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
  // A certificate that is not valid yet is not old: the clock is wrong and will be corrected.
  const isOld = Date.parse(parsed.validTo) - now.getTime() <= renewBeforeMs;
  return isOld ? { state: 'old' } : { state: 'good', pair: { certificate, key } };
}

/**
 * Reads the certificates, and makes those that are missing or expire soon. A new CA replaces the other certificates
 * too. A damaged server or client certificate is replaced, with a warning.
 * @param directory DIR/pki; created with mode 0700 if it is missing
 * @throws DamagedAuthorityError if the CA is damaged; nothing was changed then
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

/** Warns of keys that other users can read. Their modes are not changed: this may be intended. */
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
