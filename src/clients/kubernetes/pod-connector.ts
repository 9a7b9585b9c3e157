/** Connections to pods over the cluster's network. */
import { BlockList, connect as connectSocket, isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import { PodUnreachableError, type PodConnector } from '../contract.ts';

/** Milliseconds until a connection must stand. */
const connectMs = 10_000;
/** Small messages must not wait for others; that a pod is gone without a word must be noticed. */
const connection = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };

interface PodConnectorOptions {
  readonly clock: Clock;
  /** Why an address must not be connected to; undefined if it may be. */
  readonly refusal: (address: string) => string | undefined;
}

/** Connects to the address in the status of the pod, and to no name: nothing is resolved. */
export function createPodConnector({ clock, refusal }: PodConnectorOptions): PodConnector {
  return {
    async connect(pod, port, { tls, signal }) {
      signal.throwIfAborted();
      const address = addressOf(pod, refusal);
      const socket = await opened(connectSocket({ host: address, port, ...connection }), {
        clock,
        signal,
        event: 'connect',
      });
      if (!tls) return socket;
      return opened(connectTls({ socket, rejectUnauthorized: false }), { clock, signal, event: 'secureConnect' });
    },
  };
}

function addressOf({ spec, status }: Stored<Pod>, refusal: (address: string) => string | undefined): string {
  const address = status?.podIP ?? '';
  if (isIP(address) === 0) throw new PodUnreachableError('its pod has no address yet');
  // The cluster's pods never ask for it. The address would be the node's.
  if (spec?.hostNetwork === true) throw new PodUnreachableError("its pod uses the node's network");
  const why = refusal(address);
  if (why !== undefined) throw new PodUnreachableError(why);
  return address;
}

function opened(
  socket: Socket,
  { clock, signal, event }: { clock: Clock; signal: AbortSignal; event: 'connect' | 'secureConnect' },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      settle();
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const onError = (cause: Error & { code?: string }): void => {
      fail(new PodUnreachableError(`the connection failed (${cause.code ?? 'no code'})`, { cause }));
    };
    const cancel = clock.after(connectMs, () => {
      fail(new PodUnreachableError(`no connection within ${connectMs / 1000} s`));
    });
    const settle = (): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError).once(event, () => {
      settle();
      resolve(socket);
    });
  });
}

/** [network, bits] of addresses that no pod has; the last two are IPv6 forms of IPv4 addresses. */
const neverPods = {
  ipv4: [
    ...(['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.88.99.0/24'] as const),
    ...(['224.0.0.0/4', '240.0.0.0/4'] as const),
  ],
  ipv6: ['::/128', '::1/128', 'fe80::/10', 'ff00::/8', '::/96', '::ffff:0:0/96', '64:ff9b::/96'],
} as const;

/**
 * Refuses loopback, link-local (cloud metadata), multicast and unspecified addresses, and those of this machine or pod.
 * Source: IsProxyableIP in k8s.io/kubernetes/pkg/proxy/util
 * @param own asked for each connection
 */
export function podAddressRefusal(own: () => Iterable<string> = ownAddresses): (address: string) => string | undefined {
  // In one list an IPv4 address would be looked for among its IPv6 forms, too.
  const never = { ipv4: blocked('ipv4'), ipv6: blocked('ipv6') };
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (never[family].check(address, family)) return 'its address is none that a pod of a member can have';
    const mine = new BlockList();
    for (const one of own()) mine.addAddress(one, isIP(one) === 6 ? 'ipv6' : 'ipv4');
    return mine.check(address, family) ? 'its address is that of this server' : undefined;
  };
}

function blocked(family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of neverPods[family]) {
    const [network = '', bits = ''] = range.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address.replace(/%.*/, '')),
  );
}
