/** URLs. Source: k8s.io/apiserver/pkg/cel/library/urls.go, Go's net/url */
import { CelError } from '../errors.ts';
import { FunctionTable, instances, kinds, traversal } from '../functions.ts';
import { CelMap, type Opaque } from '../values.ts';

const { string } = kinds;

/** A URL as Go's net/url parses it. */
class Url implements Opaque {
  readonly celType = 'net.URL';
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, parts: { scheme: string; host: string; path: string; query: string }) {
    this.text = text;
    this.scheme = parts.scheme;
    this.host = parts.host;
    this.path = parts.path;
    this.query = parts.query;
  }

  celEquals(other: unknown): boolean {
    return other instanceof Url && other.text === this.text;
  }

  get hostname(): string {
    return this.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  }

  get port(): string {
    return /:(\d+)$/.exec(this.host)?.[1] ?? '';
  }
}

/** Absolute, or a path that begins with a slash. @throws CelError */
function parse(text: string): Url {
  const failed = (why: string): CelError =>
    new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${why}`);
  if (text === '') throw failed('empty url');
  // eslint-disable-next-line no-control-regex -- those are what a URL must not have
  if (/[\x00-\x1f\x7f]/.test(text)) throw failed('net/url: invalid control character in URL');
  const [, scheme = '', rest = text] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  if (scheme === '' && /^:/.test(text)) throw failed('missing protocol scheme');
  if (!rest.startsWith('/')) {
    if (scheme === '') throw failed('invalid URI for request');
    // "mailto:a@b.c": it has no host and no path.
    return new Url(text, { scheme: scheme.toLowerCase(), host: '', path: '', query: '' });
  }
  const [withoutFragment = ''] = rest.split('#');
  const mark = withoutFragment.indexOf('?');
  const before = mark < 0 ? withoutFragment : withoutFragment.slice(0, mark);
  const query = mark < 0 ? '' : withoutFragment.slice(mark + 1);
  const [, authority = '', path = before] =
    scheme !== '' || before.startsWith('//') ? (/^\/\/([^/]*)(.*)$/s.exec(before) ?? []) : [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = /^(?:\[[^\]]*\]|[^:]*)(.*)$/s.exec(host)?.[1] ?? '';
  if (!/^(?::\d*)?$/.test(port)) throw failed(`invalid port ${JSON.stringify(port)} after host`);
  const wrongEscape = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(path)?.[0];
  if (wrongEscape !== undefined) throw failed(`invalid URL escape ${JSON.stringify(wrongEscape)}`);
  if (/[ <>"]/.test(host)) throw failed(`invalid character ${JSON.stringify(/[ <>"]/.exec(host)?.[0])} in host name`);
  return new Url(text, { scheme: scheme.toLowerCase(), host, path: escaped(path), query });
}

/** The path as it was sent if that is a valid encoding of it. */
function escaped(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*%[\]]/gu, (one) =>
    [...Buffer.from(one)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function queryOf({ query }: Url): CelMap {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...(values.get(key) ?? []), value]);
  const made = new CelMap();
  for (const [key, all] of values) made.insert(key, all);
  return made;
}

/** Whether Go's url.ParseRequestURI takes it. */
export function urlError(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return error.message.replace('URL parse error during conversion from string: ', '');
  }
}

const url = instances(Url);

/** url, isURL and what can be asked about them. */
export const urls = new FunctionTable()
  .add('url', [string], parse, traversal())
  .add('isURL', [string], (text) => urlError(text) === undefined)
  .add('.getScheme', [url], ({ scheme }) => scheme)
  .add('.getHost', [url], ({ host }) => host)
  .add('.getHostname', [url], ({ hostname }) => hostname)
  .add('.getPort', [url], ({ port }) => port)
  .add('.getEscapedPath', [url], ({ path }) => path)
  .add('.getQuery', [url], queryOf);
