/** Semantic versions. Source: k8s.io/apiserver/pkg/cel/library/semverlib.go, https://semver.org */
import { CelError } from '../errors.ts';
import { FunctionTable, instances, kinds, traversal } from '../functions.ts';
import type { Opaque } from '../values.ts';

const { bool, string } = kinds;
const maxPart = 2n ** 64n - 1n;

/** A version; build metadata does not count. */
class Semver implements Opaque {
  readonly celType = 'kubernetes.Semver';
  /** Major, minor, patch. */
  readonly core: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];

  constructor(core: readonly [bigint, bigint, bigint], pre: readonly string[]) {
    this.core = core;
    this.pre = pre;
  }

  celEquals(other: unknown): boolean {
    return other instanceof Semver && this.compare(other) === 0;
  }

  compare(other: Semver): number {
    for (const [at, part] of this.core.entries()) {
      const against = other.core[at] ?? 0n;
      if (part !== against) return part < against ? -1 : 1;
    }
    if (this.pre.length === 0 || other.pre.length === 0) return Math.sign(other.pre.length - this.pre.length);
    for (const [at, part] of this.pre.entries()) {
      const against = other.pre[at];
      if (against === undefined) return 1;
      const order = comparePart(part, against);
      if (order !== 0) return order;
    }
    return this.pre.length < other.pre.length ? -1 : 0;
  }
}

function comparePart(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1;
  if (left !== right) return left ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** @throws CelError */
function parse(text: string): Semver {
  if (text === '') throw new CelError('Version string empty');
  const [, version = '', pre, build] = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(text) ?? [];
  const parts = version.split('.');
  if (parts.length !== 3) throw new CelError('No Major.Minor.Patch elements found');
  const core = parts.map(numberOf) as [bigint, bigint, bigint];
  const labels = pre === undefined ? [] : pre.split('.');
  for (const label of labels) {
    if (!/^[0-9A-Za-z-]+$/.test(label)) throw new CelError(`Invalid character(s) found in prerelease ${quoted(label)}`);
    if (/^0\d+$/.test(label))
      throw new CelError(`Numeric PreRelease version must not contain leading zeroes ${quoted(label)}`);
  }
  for (const label of build === undefined ? [] : build.split('.'))
    if (!/^[0-9A-Za-z-]+$/.test(label))
      throw new CelError(`Invalid character(s) found in build meta data ${quoted(label)}`);
  return new Semver(core, labels);
}

const quoted = (text: string): string => JSON.stringify(text);

function numberOf(text: string, at: number): bigint {
  const name = ['major', 'minor', 'patch'][at] ?? '';
  if (!/^\d+$/.test(text)) throw new CelError(`Invalid character(s) found in ${name} number ${quoted(text)}`);
  if (/^0\d/.test(text)) throw new CelError(`${name} number must not contain leading zeroes ${quoted(text)}`);
  const value = BigInt(text);
  if (value > maxPart) throw new CelError(`strconv.ParseUint: parsing ${quoted(text)}: value out of range`);
  return value;
}

/** Takes a leading "v" and leading zeroes away, and adds missing parts. */
function normalized(text: string): string {
  const [major = '', minor, rest] = text
    .replace(/^v/, '')
    .split(/\.(.*)/s)
    .flatMap((part, at) => {
      if (at === 0) return [part];
      return at === 1 ? part.split(/\.(.*)/s).slice(0, 2) : [];
    });
  const parts = [major, minor, rest].filter((part) => part !== undefined).map((part) => part.replace(/^0+(?=\d)/, ''));
  if (parts.length === 3) return parts.join('.');
  const last = parts.at(-1) ?? '';
  const [, number = '', suffix = ''] = /^(\d*)([-+].*)?$/s.exec(last) ?? [undefined, last];
  if (suffix !== '') return text;
  return [...parts.slice(0, -1), number, ...Array.from({ length: 3 - parts.length }, () => '0')].join('.');
}

const parsed = (text: string, normalize: boolean): Semver => parse(normalize ? normalized(text) : text);

function isSemver(text: string, normalize: boolean): boolean {
  try {
    parsed(text, normalize);
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

const semver = instances(Semver);
const read = traversal();

/** semver, isSemver and what can be asked about them. */
export const versions = new FunctionTable()
  .add('semver', [string], (text) => parsed(text, false), read)
  .add('semver', [string, bool], parsed, read)
  .add('isSemver', [string], (text) => isSemver(text, false), read)
  .add('isSemver', [string, bool], isSemver, read)
  .add('.major', [semver], ({ core }) => core[0])
  .add('.minor', [semver], ({ core }) => core[1])
  .add('.patch', [semver], ({ core }) => core[2])
  .add('.isGreaterThan', [semver, semver], (a, b) => a.compare(b) > 0)
  .add('.isLessThan', [semver, semver], (a, b) => a.compare(b) < 0)
  .add('.compareTo', [semver, semver], (a, b) => BigInt(a.compare(b)));
