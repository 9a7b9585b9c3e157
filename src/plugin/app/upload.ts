/** Files on a web server. */
import { createHash } from 'node:crypto';

/**
 * @param authorization the value of that header
 * @throws Error where the server does not take it
 */
export async function putPackage(address: string, bytes: Uint8Array, authorization: string | undefined): Promise<void> {
  const { username, password } = new URL(address);
  if (username !== '' || password !== '')
    throw new Error('leave user and password out of the address, which apps show: KD_PUSH_AUTHORIZATION is a header');
  const headers = {
    'Content-Type': 'application/gzip',
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  };
  const response = await ask(address, { method: 'PUT', headers, body: bytes });
  await response.body?.cancel();
}

/** The SHA-256 of what is there, as everybody gets it. @throws Error where there is nothing, or more than so many bytes */
export async function fetchPackage(address: string, maxBytes: number): Promise<string> {
  const response = await ask(address, {});
  const hash = createHash('sha256');
  let length = 0;
  // A decoding border: Node.js does not say what a body consists of.
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > maxBytes) return 'longer';
    hash.update(part);
  }
  return hash.digest('hex');
}

async function ask(address: string, options: RequestInit): Promise<Response> {
  const response = await fetch(address, { ...options, redirect: 'manual' }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${address} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause: error,
    });
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(
    `${address} answers ${options.method ?? 'GET'} with ${response.status} ${response.statusText}`.trim(),
  );
}
