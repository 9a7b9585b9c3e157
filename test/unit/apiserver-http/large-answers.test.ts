import { connect } from 'node:http2';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createTlsServer } from '../../../src/apiserver/http/tls-server.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createAuthority } from '../../support/certificates.ts';

/** As a list of 1,000 clusters with their status. */
const answerBytes = 5_000_000;
const mebibyte = 1024 * 1024;

it.each([16, 60])(
  'answers of 5 MB arrive whole, %d at a time on one HTTP/2 connection',
  async (parallel) => {
    const ca = await createAuthority();
    const credentials = await ca.issue('CN=localhost', { usage: 'serverAuth' });
    const body = Buffer.alloc(answerBytes, 'x');
    const server = createTlsServer({
      handle: (_, response) => {
        response.writeHead(200, { 'content-length': body.length });
        response.end(body);
        return Promise.resolve();
      },
      ...{ credentials, clock: systemClock, logger: silentLogger, upgrade: () => Promise.resolve() },
    });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    // The windows that Go's client has.
    const session = connect(`https://localhost:${port}`, {
      ca: ca.cert,
      settings: { initialWindowSize: 4 * mebibyte },
    });
    await once(session, 'connect');
    session.setLocalWindowSize(1024 * mebibyte);
    const failures: string[] = [];
    let whole = 0;
    const ask = async (): Promise<void> => {
      const stream = session.request({ ':path': '/' });
      let bytes = 0;
      stream
        .on('data', (chunk: Buffer) => (bytes += chunk.length))
        .on('error', (error: Error) => failures.push(error.message));
      await new Promise((resolve) => stream.once('close', resolve));
      if (bytes === answerBytes) whole += 1;
    };
    let left = 2 * parallel;
    const client = async (): Promise<void> => {
      while (left-- > 0) await ask();
    };
    await Promise.all(Array.from({ length: parallel }, client));
    expect(failures).toEqual([]);
    expect(whole).toBe(2 * parallel);
    session.destroy();
    await server.close(0);
  },
  60_000,
);
