/** The port that a server asks for, and what to say where it cannot be had. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigurationError } from './configuration-error.ts';

/** Nobody but this machine's users is to reach a playground. */
export const loopback = '127.0.0.1';

interface Address {
  /** A name is looked up. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What the system says of an address, whatever the port. */
const notLocal = new Set<unknown>(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Whether the port of the address can be had at the moment: it is listened on, and given back.
 * @throws ConfigurationError
 */
export async function checkAddress({ host, port }: Address): Promise<void> {
  const probe = createServer();
  await havingAddress(
    { host, port },
    new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen({ host, port }, resolve);
    }),
  );
  const closed = once(probe, 'close');
  probe.close();
  await closed;
}

/** @throws ConfigurationError in the place of what the system says of an address or a port that cannot be had */
export async function havingAddress<T>(address: Address, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const problem = problemOf(error, address);
    if (problem === undefined) throw error;
    throw new ConfigurationError(problem, { cause: error });
  }
}

/** @returns undefined where it is about something else */
function problemOf(error: unknown, { host, port }: Address): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const { syscall, code, message } = error;
  if (syscall === 'getaddrinfo' || (syscall === 'listen' && notLocal.has(code))) {
    return `the address ${host} is none of this machine's (${message}); name another with --bind-address`;
  }
  if (syscall !== 'listen') return undefined;
  const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be had: ${message}`;
  return `port ${port} of ${host} ${why}; name another with --port`;
}
