/** IP addresses and networks. Source: k8s.io/apiserver/pkg/cel/library/ip.go and cidr.go, Go's net/netip */
import { CelError, noOverload } from '../errors.ts';
import { FunctionTable, instances, kinds, sizeOf, traversal, type Cost } from '../functions.ts';
import type { Opaque } from '../values.ts';

const { string } = kinds;

/** An IP address. */
class Ip implements Opaque {
  readonly celType = 'net.IP';
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  get length(): number {
    return this.family === 4 ? 32 : 128;
  }

  celEquals(other: unknown): boolean {
    return other instanceof Ip && other.family === this.family && other.bits === this.bits;
  }

  /** Whether it is in the network of that address and length. */
  isIn(family: 4 | 6, bits: bigint, length: number): boolean {
    const shift = BigInt((family === 4 ? 32 : 128) - length);
    return this.family === family && this.bits >> shift === bits >> shift;
  }

  /** The canonical form: RFC 5952. */
  toString(): string {
    const size = this.family === 4 ? 8 : 16;
    const parts = Array.from({ length: this.length / size }, (_, at) =>
      Number((this.bits >> BigInt(this.length - size * (at + 1))) & ((1n << BigInt(size)) - 1n)),
    );
    if (this.family === 4) return parts.join('.');
    const texts = parts.map((part) => part.toString(16));
    const [begin, length] = longestZeros(parts);
    if (length < 2) return texts.join(':');
    return `${texts.slice(0, begin).join(':')}::${texts.slice(begin + length).join(':')}`;
  }
}

function longestZeros(parts: readonly number[]): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  for (let at = 0; at < parts.length; at++) {
    let length = 0;
    while (parts[at + length] === 0) length += 1;
    if (length > best[1]) best = [at, length];
  }
  return best;
}

/** A network. */
class Cidr implements Opaque {
  readonly celType = 'net.CIDR';
  readonly ip: Ip;
  readonly prefix: number;

  constructor(ip: Ip, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }

  celEquals(other: unknown): boolean {
    return other instanceof Cidr && other.prefix === this.prefix && other.ip.celEquals(this.ip);
  }

  masked(): Cidr {
    const { family, bits, length } = this.ip;
    const shift = BigInt(length - this.prefix);
    return new Cidr(new Ip(family, (bits >> shift) << shift), this.prefix);
  }

  containsIp(ip: Ip): boolean {
    return ip.isIn(this.ip.family, this.ip.bits, this.prefix);
  }

  containsCidr(other: Cidr): boolean {
    return other.prefix >= this.prefix && this.containsIp(other.ip);
  }

  toString(): string {
    return `${this.ip.toString()}/${this.prefix}`;
  }
}

function bitsOf4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function bitsOf6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const embedded = tail === null ? undefined : bitsOf4(tail[2] ?? '');
  if (tail !== null && embedded === undefined) return undefined;
  const last = embedded === undefined ? '' : `${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  const whole = tail === null ? text : `${tail[1] ?? ''}${last}`;
  const halves = whole.split('::');
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const parts = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  return parts.reduce((bits, part) => (bits << 16n) | BigInt(`0x${part}`), 0n);
}

/** @throws CelError */
function parseIp(text: string): Ip {
  const quoted = JSON.stringify(text);
  const failed = `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): ${whyNone(text)}`;
  if (!text.includes(':')) {
    const bits = bitsOf4(text);
    if (bits === undefined) throw new CelError(failed);
    return new Ip(4, bits);
  }
  const [address = '', zone] = text.split(/%(.*)/s);
  const bits = bitsOf6(address);
  if (bits === undefined || zone === '') throw new CelError(failed);
  if (zone !== undefined) throw new CelError(`IP address ${quoted} with zone value is not allowed`);
  if (bits >> 32n === 0xffffn) throw new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`);
  return new Ip(6, bits);
}

/** @throws CelError */
function parseCidr(text: string): Cidr {
  const quoted = JSON.stringify(text);
  const about = 'network address parse error during conversion from string';
  const failed = (why: string): CelError => new CelError(`${about}: ${about}: netip.ParsePrefix(${quoted}): ${why}`);
  const slash = text.lastIndexOf('/');
  if (slash < 0) throw failed("no '/'");
  const [address, length] = [text.slice(0, slash), text.slice(slash + 1)];
  if (address.includes('%')) throw failed('IPv6 zones cannot be present in a prefix');
  const bits = address.includes(':') ? bitsOf6(address) : bitsOf4(address);
  if (bits === undefined) throw failed(`ParseAddr(${JSON.stringify(address)}): unable to parse IP`);
  const ip = new Ip(address.includes(':') ? 6 : 4, bits);
  if (!/^(?:0|[1-9]\d*)$/.test(length)) throw failed(`bad bits after slash: ${JSON.stringify(length)}`);
  if (Number(length) > ip.length) throw failed('prefix length out of range');
  if (ip.family === 6 && bits >> 32n === 0xffffn)
    throw new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`);
  return new Cidr(ip, Number(length));
}

/** As Go's net/netip says it. */
function whyNone(text: string): string {
  const parts = text.split('.');
  if (text.includes(':') || parts.length === 1) return 'unable to parse IP';
  if (!parts.every((part) => /^\d+$/.test(part))) return 'unexpected character';
  if (parts.some((part) => /^0\d/.test(part))) return 'IPv4 field has octet with leading zero';
  if (parts.some((part) => Number(part) > 255)) return 'IPv4 field has value >255';
  return parts.length < 4 ? 'IPv4 address too short' : 'IPv4 address too long';
}

/** What a text must be to be compared with a network. @throws CelError no such overload */
function other<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (cause) {
      if (cause instanceof CelError) throw noOverload();
      throw cause;
    }
  };
}

function succeeds(parse: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      parse(text);
      return true;
    } catch (error) {
      if (error instanceof CelError) return false;
      throw error;
    }
  };
}

const [ip, cidr] = [instances(Ip), instances(Cidr)];
const isLoopback = (one: Ip): boolean => (one.family === 4 ? one.isIn(4, 127n << 24n, 8) : one.bits === 1n);
const isLinkLocalMulticast = (one: Ip): boolean =>
  one.family === 4 ? one.isIn(4, 0xe0000000n, 24) : ((one.bits >> 112n) & 0xff0fn) === 0xff02n;
const isLinkLocalUnicast = (one: Ip): boolean =>
  one.family === 4 ? one.isIn(4, 0xa9fe0000n, 16) : one.isIn(6, 0xfe80n << 112n, 10);
const isMulticast = (one: Ip): boolean =>
  one.family === 4 ? one.isIn(4, 0xe0000000n, 4) : one.isIn(6, 0xff00n << 112n, 8);
const isGlobalUnicast = (one: Ip): boolean => {
  if (one.bits === 0n || (one.family === 4 && one.bits === 0xffffffffn)) return false;
  return !isLoopback(one) && !isMulticast(one) && !isLinkLocalUnicast(one);
};
const containing: Cost = ([, other]) => 1 + (typeof other === 'string' ? Math.ceil(sizeOf(other) * 0.1) : 0);
const read = traversal();

/** ip, cidr and what can be asked about them. */
export const addresses = new FunctionTable()
  .add('ip', [string], parseIp, read)
  .add('isIP', [string], succeeds(parseIp), read)
  .add('ip.isCanonical', [string], (text) => parseIp(text).toString() === text, traversal(0, 2))
  .add('string', [ip], (one) => one.toString())
  .add('.family', [ip], ({ family }) => BigInt(family))
  .add('.isUnspecified', [ip], ({ bits }) => bits === 0n)
  .add('.isLoopback', [ip], isLoopback)
  .add('.isLinkLocalMulticast', [ip], isLinkLocalMulticast)
  .add('.isLinkLocalUnicast', [ip], isLinkLocalUnicast)
  .add('.isGlobalUnicast', [ip], isGlobalUnicast)
  .add('cidr', [string], parseCidr, read)
  .add('isCIDR', [string], succeeds(parseCidr), read)
  .add('string', [cidr], (one) => one.toString())
  .add('.containsIP', [cidr, string], (one, text) => one.containsIp(other(parseIp)(text)), containing)
  .add('.containsIP', [cidr, ip], (one, address) => one.containsIp(address))
  .add('.containsCIDR', [cidr, string], (one, text) => one.containsCidr(parseCidr(text)), containing)
  .add('.containsCIDR', [cidr, cidr], (one, network) => one.containsCidr(network))
  .add('.ip', [cidr], (one) => one.ip)
  .add('.prefixLength', [cidr], ({ prefix }) => BigInt(prefix))
  .add('.masked', [cidr], (one) => one.masked());
