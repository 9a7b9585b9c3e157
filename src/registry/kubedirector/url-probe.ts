/**
 * Whether files can be downloaded from a URL, asked by a HEAD request. Users choose the URL: they must not make this
 * server look around in the network that it stands in, so that what leads there is taken on trust.
 */
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { createSlots } from '../../runtime/slots.ts';

/**
 * Why nothing can be downloaded from there; undefined where it can.
 * @throws the signal's reason once that has aborted
 */
export type UrlProblem = (url: string, signal?: AbortSignal) => Promise<string | undefined>;

interface UrlProbeOptions {
  /** Ask addresses of private networks too: this machine, its neighbours, the cluster's own Services and pods. */
  readonly allowPrivateAddresses: boolean;
  /** Milliseconds; 15 seconds where absent. */
  readonly timeoutMs?: number;
  /** Requests on their way at a time, of all users together; 64 where absent. */
  readonly parallel?: number;
}

const defaultTimeoutMs = 15_000;
const defaultParallel = 64;

/** For where there is no network to ask: every URL is taken on trust, and the members find out. */
export const trustUrls: UrlProblem = () => Promise.resolve(undefined);

/** Any answer at all will do; a redirection is an answer, and is not followed. */
export function createUrlProbe(options: UrlProbeOptions): UrlProblem {
  const { allowPrivateAddresses, timeoutMs = defaultTimeoutMs, parallel = defaultParallel } = options;
  const blocked = allowPrivateAddresses ? new BlockList() : privateAddresses();
  const lookup = guardedLookup(blocked);
  const slots = createSlots(parallel);
  return async (text, signal) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return 'must be an http or https URL';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && isBlocked(blocked, host)) return undefined;
    const release = await slots.take(signal);
    try {
      signal?.throwIfAborted();
      return await head(url, lookup, timeoutMs, signal);
    } finally {
      release?.();
    }
  };
}

function head(
  url: URL,
  lookup: LookupFunction,
  timeoutMs: number,
  given: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((done, failed) => {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = given === undefined ? late : AbortSignal.any([late, given]);
    // Which certificates are good is for the member's image to say; nothing of the answer is used.
    const options = { method: 'HEAD', lookup, signal, agent: false, rejectUnauthorized: false } as const;
    const sent = url.protocol === 'https:' ? secureRequest(url, options) : plainRequest(url, options);
    sent.on('response', (response) => {
      response.resume();
      sent.destroy();
      done(undefined);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (given?.aborted === true) failed(given.reason as Error);
      else if (error instanceof PrivateAddressError) done(undefined);
      else if (late.aborted) done(`must answer a HEAD request within ${timeoutMs / 1000} s`);
      else done(`must answer a HEAD request: ${error.code ?? error.message}`);
    });
    sent.end();
  });
}

class PrivateAddressError extends Error {}

/** Resolves, and does not follow names that lead into a private network: what is connected to is what was looked at. */
function guardedLookup(blocked: BlockList): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = error ? [] : addresses;
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '');
      } else if (addresses.some(({ address }) => isBlocked(blocked, address))) {
        callback(new PrivateAddressError(hostname), '');
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function isBlocked(blocked: BlockList, address: string): boolean {
  return blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * What is no address of the public Internet, or leads to one by way of another address.
 * Source: IANA's registries of special-purpose addresses (RFC 6890), iana.org/assignments/iana-ipv4-special-registry and
 * iana-ipv6-special-registry
 */
function privateAddresses(): BlockList {
  const list = new BlockList();
  const ipv4: [string, number][] = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    // TEST-NET-1, -2 and -3 (documentation), and the former 6to4 relays.
    ['192.0.2.0', 24],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
  ];
  const ipv6: [string, number][] = [
    // Unspecified, this machine, and addresses that hold an IPv4 one (compatible, mapped, translated).
    ['::', 96],
    ['::ffff:0:0', 96],
    ['::ffff:0:0:0', 96],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 63],
    // Teredo, benchmarking, ORCHID and others of the IETF; documentation; 6to4; segment routing.
    ['2001::', 23],
    ['2001:db8::', 32],
    ['3fff::', 20],
    ['2002::', 16],
    ['5f00::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    // The former site-local addresses.
    ['fec0::', 10],
    ['ff00::', 8],
  ];
  for (const [network, bits] of ipv4) {
    list.addSubnet(network, bits, 'ipv4');
  }
  for (const [network, bits] of ipv6) list.addSubnet(network, bits, 'ipv6');
  return list;
}
