import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/time-limit.ts';
import { EtcdOptionsError, reasonOf } from './errors.ts';

/** Paths of PEM files. */
export interface EtcdTls {
  /** Whose certificates etcd's members may have; without it those that Node.js trusts. */
  readonly ca?: string;
  /** Our own certificate and its key: both or none. */
  readonly cert?: string;
  readonly key?: string;
}

/** The contents of the files; they fit together. */
export interface TlsTexts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Reads that differ are tried again so often: somebody is writing. */
const maxReads = 4;

/**
 * Reads the files until they are the same twice in a row: a folder whose link is swapped between two files (as kubelet does)
 * is not taken apart.
 * @throws EtcdOptionsError
 */
export async function readTls(files: EtcdTls): Promise<TlsTexts> {
  try {
    let before: TlsTexts | undefined;
    for (let read = 1; ; read++) {
      const texts = { ca: await textOf(files.ca), cert: await textOf(files.cert), key: await textOf(files.key) };
      if (sameTls(texts, before) || read === maxReads) {
        channelCredentials(new URL('https://etcd'), texts);
        return texts;
      }
      before = texts;
    }
  } catch (error) {
    throw new EtcdOptionsError(`the certificates for etcd cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

/** True if both hold the same. */
function sameTls(a: TlsTexts, b: TlsTexts | undefined): boolean {
  return a.ca === b?.ca && a.cert === b?.cert && a.key === b?.key;
}

/** What a connection to this address proves and asks for. @throws Error for files that do not fit together */
export function channelCredentials({ protocol, hostname }: URL, { ca, cert, key }: TlsTexts): ChannelCredentials {
  if (protocol === 'http:') return credentials.createInsecure();
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return credentials.createSsl(pem(ca), pem(key), pem(cert));
  return credentials.createSsl(pem(ca), pem(key), pem(cert), {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
  });
}

interface FollowOptions {
  readonly files: EtcdTls;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between reads. */
  readonly everyMs: number;
  readonly changed: (texts: TlsTexts) => void;
}

/**
 * Reads the files again and again: watching does not see every swap of links. What cannot be used is logged, and what
 * was used before stays. Resolves once the signal has aborted.
 */
export async function followTls(options: FollowOptions, from: TlsTexts, signal: AbortSignal): Promise<void> {
  const { files, clock, logger, everyMs, changed } = options;
  if (Object.keys(files).length === 0) return;
  let current = from;
  let complaint: string | undefined;
  for (;;) {
    await pause(clock, everyMs, signal);
    if (signal.aborted) return;
    try {
      const texts = await readTls(files);
      complaint = undefined;
      if (sameTls(texts, current)) continue;
      current = texts;
      changed(texts);
      logger.info({}, 'the certificates for etcd have changed, and are used from now on');
    } catch (error) {
      if (reasonOf(error) !== complaint) logger.warn({ error }, 'the certificates for etcd are not replaced');
      complaint = reasonOf(error);
    }
  }
}

async function textOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8');
}
