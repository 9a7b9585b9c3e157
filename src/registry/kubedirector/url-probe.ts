/**
 * Whether files can be downloaded from a URL, asked by a HEAD request. Users choose the URL: they must not make this
 * server look around in the network that it stands in, so that what leads there is taken on trust.
 */
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Why nothing can be downloaded from there; undefined where it can. */
export type UrlProblem = (url: string) => Promise<string | undefined>;

export interface UrlProbeOptions {
  /** Ask addresses of private networks too: this machine, its neighbours, the cluster's own Services and pods. */
  readonly allowPrivateAddresses: boolean;
  /** Milliseconds; 15 seconds where absent. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;

/** For where there is no network to ask: every URL is taken on trust, and the members find out. */
export const trustUrls: UrlProblem = () => Promise.resolve(undefined);

/** Any answer at all will do; a redirection is an answer, and is not followed. */
export function createUrlProbe({ allowPrivateAddresses, timeoutMs = defaultTimeoutMs }: UrlProbeOptions): UrlProblem {
  const blocked = allowPrivateAddresses ? new BlockList() : privateAddresses();
  const lookup = guardedLookup(blocked);
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol))
      return Promise.resolve('must be an http or https URL');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && isBlocked(blocked, host)) return Promise.resolve(undefined);
    return head(url, lookup, timeoutMs);
  };
}

function head(url: URL, lookup: LookupFunction, timeoutMs: number): Promise<string | undefined> {
  return new Promise((done) => {
    const signal = AbortSignal.timeout(timeoutMs);
    // Members, too, download without checking certificates; nothing of the answer is used.
    const options = { method: 'HEAD', lookup, signal, agent: false, rejectUnauthorized: false } as const;
    const sent = url.protocol === 'https:' ? secureRequest(url, options) : plainRequest(url, options);
    sent.on('response', (response) => {
      response.resume();
      sent.destroy();
      done(undefined);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error instanceof PrivateAddressError) done(undefined);
      else if (signal.aborted) done(`must answer a HEAD request within ${timeoutMs / 1000} s`);
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

/** Source: IANA's special-purpose address registries (RFC 6890). */
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
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
  ];
  const ipv6: [string, number][] = [
    ['::', 127],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
    ['2002::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
  ];
  for (const [network, bits] of ipv4) {
    list.addSubnet(network, bits, 'ipv4');
  }
  for (const [network, bits] of ipv6) list.addSubnet(network, bits, 'ipv6');
  return list;
}
