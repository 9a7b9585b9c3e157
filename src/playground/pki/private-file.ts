import { rename, writeFile } from 'node:fs/promises';

/** Replaces the file as a whole; readable by its owner only (0600). */
export async function writePrivately(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  await writeFile(part, text, { mode: 0o600 });
  await rename(part, path);
}
