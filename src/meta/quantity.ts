/**
 * Amounts of resources: "500m", "1Gi", "2e3". Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 *
 *   parseQuantity('0.5')?.toString()      → '500m'
 *   parseQuantity('1024Mi')?.toString()   → '1Gi'
 *   parseQuantity('1500Mi')?.ceilTo(mebi) → 1500n
 */

/** How a quantity was written, and so how it is printed again. */
type Format = 'decimalSI' | 'binarySI' | 'decimalExponent';

const decimalExponents: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Amounts are whole nanos; finer ones are rounded up, as Kubernetes does. */
const nanosPerUnit = 1_000_000_000n;
/** No binary quantity is above 2^63 - 1; larger ones are taken as that. */
const maxBinary = 9_223_372_036_854_775_807n;
// Far above every real amount; they keep the cost of an absurd text small.
const maxTextLength = 1024;
const maxExponent = 1000;

/** Bytes in 1 MiB ("1Mi"), as the unit of `ceilTo` and `floorTo`. */
export const mebi = 1_048_576n;

/** The integer at or above the quotient; the divisor is positive. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > quotient * divisor ? quotient + 1n : quotient;
}

/** An amount, exact to the billionth part. Never changes. */
export class Quantity {
  static readonly zero = new Quantity(0n, 'decimalSI');

  readonly #nanos: bigint;
  readonly #format: Format;

  /** Meant for parseQuantity; `nanos` is the amount in billionths. */
  constructor(nanos: bigint, format: Format) {
    this.#nanos = nanos;
    this.#format = format;
  }

  compare(other: Quantity): -1 | 0 | 1 {
    if (this.#nanos === other.#nanos) return 0;
    return this.#nanos < other.#nanos ? -1 : 1;
  }

  sign(): -1 | 0 | 1 {
    return this.compare(Quantity.zero);
  }

  /** Printed in this quantity's form, or in the other's where this one is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.#nanos + other.#nanos, this.#nanos === 0n ? other.#format : this.#format);
  }

  /** The same amount below zero, or above. */
  negated(): Quantity {
    return new Quantity(-this.#nanos, this.#format);
  }

  /** As a double, which may be inexact. */
  toNumber(): number {
    return Number(this.#nanos) / Number(nanosPerUnit);
  }

  /** The integer at or above it. */
  ceil(): bigint {
    return this.ceilTo(1n);
  }

  /** How many whole units hold it (unit > 0): `ceilTo(mebi)` of 1.5Mi is 2. */
  ceilTo(unit: bigint): bigint {
    return divideUp(this.#nanos, nanosPerUnit * unit);
  }

  /** How many whole units it holds (unit > 0): `floorTo(mebi)` of 1.5Mi is 1. */
  floorTo(unit: bigint): bigint {
    return -divideUp(-this.#nanos, nanosPerUnit * unit);
  }

  /** The canonical form: no fraction, the largest suffix that keeps it exact. */
  toString(): string {
    if (this.#nanos === 0n) return '0';
    return this.#binaryText() ?? this.#decimalText();
  }

  #binaryText(): string | undefined {
    if (this.#format !== 'binarySI' || this.#nanos % nanosPerUnit !== 0n) return undefined;
    let amount = this.#nanos / nanosPerUnit;
    if (amount > -1024n && amount < 1024n) return undefined;
    let suffix = '';
    for (const next of binarySuffixes) {
      if (amount % 1024n !== 0n) break;
      amount /= 1024n;
      suffix = next;
    }
    return `${amount}${suffix}`;
  }

  #decimalText(): string {
    let amount = this.#nanos;
    let exponent = -9;
    while (amount % 1000n === 0n) {
      amount /= 1000n;
      exponent += 3;
    }
    if (this.#format !== 'decimalExponent') {
      for (const [suffix, of] of decimalExponents) if (of === exponent) return `${amount}${suffix}`;
    }
    return exponent === 0 ? String(amount) : `${amount}e${exponent}`;
  }
}

interface Scale {
  readonly format: Format;
  /** The amount is digits × multiplier × 10^exponent. */
  readonly multiplier: bigint;
  readonly exponent: number;
}

function parseSuffix(suffix: string): Scale | undefined {
  const decimal = decimalExponents.get(suffix);
  if (decimal !== undefined) return { format: 'decimalSI', multiplier: 1n, exponent: decimal };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary >= 0) return { format: 'binarySI', multiplier: 1024n ** BigInt(binary + 1), exponent: 0 };
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) <= maxExponent ? { format: 'decimalExponent', multiplier: 1n, exponent } : undefined;
}

/** Go's TrimSpace is applied to JSON's text, in which tabs and line ends are escaped: they are not passed over. */
const spaces = '[ \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]+';
const aroundIt = new RegExp(`^${spaces}|${spaces}$`, 'g');

/** Without a digit it is zero to Go's parser, where the suffix leaves it on its fast path. */
function isReadAsZero({ format, multiplier, exponent }: Scale): boolean {
  return format === 'binarySI' ? multiplier < 1024n ** 5n : exponent >= -9;
}

/**
 * The amount that the text stands for; undefined where it is no quantity. Spaces around it are ignored, as in API
 * objects; line ends are not. Texts of more than 1024 characters and exponents beyond ±1000 are no quantities.
 */
export function parseQuantity(text: string): Quantity | undefined {
  if (text === '' || text.length > maxTextLength) return undefined;
  const trimmed = text.replace(aroundIt, '');
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z].*)?$/.exec(trimmed);
  if (!match || trimmed === '') return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const scale = parseSuffix(suffix);
  if (!scale) return undefined;
  if (whole === '' && fraction === '') return isReadAsZero(scale) ? Quantity.zero : undefined;

  const digits = BigInt(whole + fraction) * scale.multiplier;
  const exponent = scale.exponent - fraction.length + 9;
  let nanos = exponent >= 0 ? digits * 10n ** BigInt(exponent) : divideUp(digits, 10n ** BigInt(-exponent));
  let format = scale.format;
  if (format === 'binarySI') {
    if (nanos > maxBinary * nanosPerUnit) nanos = maxBinary * nanosPerUnit;
    if (nanos < nanosPerUnit) format = 'decimalSI';
  }
  return new Quantity(sign === '-' ? -nanos : nanos, format);
}
