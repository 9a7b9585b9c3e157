/** Connections to pods. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import { createPodConnector, podAddressRefusal } from '../../../src/clients/kubernetes/index.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { systemClock } from '../../../src/runtime/clock.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(): Promise<number> {
  const server = createServer((socket) => socket.end('hello'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const podAt = (podIP: string | undefined, spec: object = {}): Stored<Pod> =>
  ({
    metadata: { name: 'p', namespace: 'd' },
    spec,
    status: { ...(podIP === undefined ? {} : { podIP }) },
  }) as Stored<Pod>;
const signal = new AbortController().signal;
const anywhere = createPodConnector({ clock: systemClock, refusal: () => undefined });

describe('addresses that no member has', () => {
  const refusal = podAddressRefusal(() => ['10.9.9.9', 'fd00::9']);
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.1.2.3',
    '::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '10.9.9.9',
    'fd00::9',
  ])('include %s', (address) => {
    expect(refusal(address)).toMatch(/^its address is/);
  });

  it.each(['10.1.2.3', '192.168.1.1', '100.64.0.1', '203.0.113.1', 'fd00::1', '2001:db8::1'])(
    'do not include %s',
    (address) => {
      expect(refusal(address)).toBeUndefined();
    },
  );

  it('include, by themselves, every address of this machine', () => {
    expect(podAddressRefusal()('127.0.0.1')).toBeDefined();
  });
});

describe('a connection to a pod', () => {
  it('goes to the address in its status', async () => {
    const socket = await anywhere.connect(podAt('127.0.0.1'), await listening(), { tls: false, signal });
    const text = await new Promise<string>((resolve) =>
      socket.once('data', (data: Buffer) => resolve(data.toString())),
    );
    expect(text).toBe('hello');
    socket.destroy();
  });

  it.each([
    ['has no address yet', podAt(undefined)],
    ['has no address yet', podAt('localhost')],
    ["uses the node's network", podAt('127.0.0.1', { hostNetwork: true })],
  ])('is not made where it %s', async (why, pod) => {
    const port = await listening();
    await expect(anywhere.connect(pod, port, { tls: false, signal })).rejects.toMatchObject({
      name: 'PodUnreachableError',
      message: expect.stringContaining(why) as string,
    });
  });

  it('is not made to a refused address', async () => {
    const strict = createPodConnector({ clock: systemClock, refusal: podAddressRefusal() });
    await expect(strict.connect(podAt('127.0.0.1'), await listening(), { tls: false, signal })).rejects.toMatchObject({
      name: 'PodUnreachableError',
    });
  });

  it('fails where nobody listens, and where TLS is not spoken', async () => {
    const port = await listening();
    await expect(anywhere.connect(podAt('127.0.0.1'), port, { tls: true, signal })).rejects.toMatchObject({
      name: 'PodUnreachableError',
    });
    servers.pop()?.close();
    await expect(anywhere.connect(podAt('127.0.0.1'), port, { tls: false, signal })).rejects.toMatchObject({
      message: 'the connection failed (ECONNREFUSED)',
    });
  });

  it('ends with the signal', async () => {
    const port = await listening();
    const abort = new AbortController();
    abort.abort(new Error('gone'));
    await expect(anywhere.connect(podAt('127.0.0.1'), port, { tls: false, signal: abort.signal })).rejects.toThrow(
      'gone',
    );
  });
});
