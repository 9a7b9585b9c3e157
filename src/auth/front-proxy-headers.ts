/** Who headers say makes a request: a front proxy's, or those that ask to act for somebody else. Source: k8s.io/apiserver/pkg/authentication/request/headerrequest */
import type { UserInfo } from '../meta/user.ts';
import type { RequestHeaderConfig } from './authentication-config.ts';

type Line = readonly [name: string, value: string];

/** Reads the user from the headers that the front proxy sets. */
export interface IdentityHeaders {
  /** Those lines of a request that speak of its user; the same text is the same user. '' where there are none. */
  select(rawHeaders: readonly string[]): string;
  /** Undefined where what was selected names nobody. */
  parse(selected: string): UserInfo | undefined;
}

/** Cannot be part of a header's name or value. */
const separator = '\n';

/** The header names that matter here. */
type IdentityHeaderNames = Pick<
  RequestHeaderConfig,
  'usernameHeaders' | 'uidHeaders' | 'groupHeaders' | 'extraHeaderPrefixes'
>;

/** Uses the header names of this configuration, which are in lower case. */
export function createIdentityHeaders(config: IdentityHeaderNames): IdentityHeaders {
  const { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = config;
  const names = new Set([...usernameHeaders, ...uidHeaders, ...groupHeaders]);
  const isOurs = (name: string): boolean =>
    names.has(name) || extraHeaderPrefixes.some((prefix) => name.startsWith(prefix));
  return {
    select(rawHeaders) {
      let selected = '';
      for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = (rawHeaders[index] ?? '').toLowerCase();
        if (isOurs(name)) selected += `${name}${separator}${rawHeaders[index + 1] ?? ''}${separator}`;
      }
      return selected;
    },
    parse(selected) {
      const lines = linesOf(selected);
      const name = firstSet(lines, usernameHeaders);
      if (name === '') return undefined;
      const uid = firstSet(lines, uidHeaders);
      const extra = extraOf(lines, extraHeaderPrefixes);
      return {
        name,
        ...(uid === '' ? {} : { uid }),
        groups: groupHeaders.flatMap((header) => valuesOf(lines, header)).filter((group) => group !== ''),
        ...(extra.size === 0 ? {} : { extra: Object.fromEntries(extra) }),
      };
    },
  };
}

function linesOf(selected: string): Line[] {
  const parts = selected.split(separator);
  const lines: Line[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2)
    lines.push([parts[index] ?? '', text(parts[index + 1] ?? '')]);
  return lines;
}

/** Kubernetes sends UTF-8; Node makes one character of each byte. */
function text(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}

function valuesOf(lines: readonly Line[], header: string): string[] {
  return lines.filter(([name]) => name === header).map(([, value]) => value);
}

/** The first value of the first header that has one. */
function firstSet(lines: readonly Line[], headers: readonly string[]): string {
  return headers.map((header) => valuesOf(lines, header)[0] ?? '').find((value) => value !== '') ?? '';
}

function extraOf(lines: readonly Line[], prefixes: readonly string[]): Map<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const [name, value] of lines) {
      if (!name.startsWith(prefix)) continue;
      const key = decoded(name.slice(prefix.length));
      const values = extra.get(key);
      if (values === undefined) extra.set(key, [value]);
      else values.push(value);
    }
  }
  return extra;
}

/** A key with wrong encoding is used as it is. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
