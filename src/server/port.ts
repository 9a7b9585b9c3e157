/** The port that a server asks for, and what to say where it cannot be had. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigurationError } from './configuration-error.ts';

/** Nobody but this machine's users is to reach a playground. */
export const loopback = '127.0.0.1';

/**
 * Whether the port can be had at the moment.
 * @throws ConfigurationError
 */
export async function checkPort(port: number): Promise<void> {
  const probe = createServer();
  await havingPort(
    { host: loopback, port },
    new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen({ host: loopback, port }, resolve);
    }),
  );
  const closed = once(probe, 'close');
  probe.close();
  await closed;
}

/** @throws ConfigurationError in the place of what the system says of a port that cannot be had */
export async function havingPort<T>(address: { host: string; port: number }, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') throw error;
    const problem = 'code' in error && error.code === 'EADDRINUSE' ? 'is in use' : `cannot be had: ${error.message}`;
    const { host, port } = address;
    throw new ConfigurationError(`port ${port} of ${host} ${problem}; name another with --port`, { cause: error });
  }
}
