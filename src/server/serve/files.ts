/** What flags name is read before anything starts. */
import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../configuration-error.ts';

/** @throws ConfigurationError that names the flag and what is wrong with its file */
async function readNamed(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${flag} ${path} cannot be read: ${why}`, { cause });
  }
}

const gzipMagic = [0x1f, 0x8b];

/** @throws ConfigurationError also for what is no gzip file */
export async function readArchive(flag: string, path: string): Promise<Uint8Array> {
  const bytes = await readNamed(flag, path);
  if (gzipMagic.every((byte, index) => bytes[index] === byte)) return bytes;
  throw new ConfigurationError(`${flag} ${path} is not a .tgz archive`);
}
