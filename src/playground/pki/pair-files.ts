/** The two files of a certificate and its key, which are replaced together. */
import { X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { signsFor, type KeyPair } from '../../pki/key-pair.ts';
import { readText, renameDurably, writePrivately } from './private-file.ts';

/** Where the files are, and where new ones wait until both are complete. */
function pathsOf(directory: string, name: string) {
  const [key, certificate] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  return { key, certificate, nextKey: `${key}.next`, nextCertificate: `${certificate}.next` };
}

/**
 * Replaces key and certificate. Both are written under other names first, then they are renamed: the key, and then the
 * certificate. If the process dies on the way, `finishPair` gives the old pair or the new one, never half of each.
 */
export async function writePair(directory: string, name: string, pair: KeyPair): Promise<void> {
  const { key, certificate, nextKey, nextCertificate } = pathsOf(directory, name);
  await writePrivately(nextKey, pair.key);
  await writePrivately(nextCertificate, pair.certificate);
  await renameDurably(nextKey, key);
  await renameDurably(nextCertificate, certificate);
}

/**
 * Ends what an interrupted `writePair` left: the new certificate is put in place if its key is there already; else the
 * new files are removed, and the old pair stays. Writes nothing if nothing was left.
 */
export async function finishPair(directory: string, name: string): Promise<void> {
  const { key, certificate, nextKey, nextCertificate } = pathsOf(directory, name);
  const next = await readText(nextCertificate);
  if ((await readText(nextKey)) === undefined && next !== undefined) {
    const keyInPlace = (await readText(key)) ?? '';
    if (attempt(() => signsFor(new X509Certificate(next), keyInPlace)) === true) {
      await renameDurably(nextCertificate, certificate);
      return;
    }
  }
  // The key last: while it is there, the certificate in place is that of the key in place.
  if (next !== undefined) await rm(nextCertificate);
  await rm(nextKey, { force: true });
}

/** What the work returns; undefined if it throws, because a file does not hold what it should. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // the caller says what is wrong with the file
  }
}
