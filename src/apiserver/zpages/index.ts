/**
 * /statusz and /flagz: what a component is, and with which flags it was started. Text for people, and the kinds Statusz
 * and Flagz of config.k8s.io for programs. Sources: KEP-4827, KEP-4828, k8s.io/apiserver/pkg/server/{statusz,flagz}
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { sendText } from '../http/health.ts';
import { sendBody } from '../http/send.ts';
import { endsLine, prettyWanted, serialize } from '../negotiation/index.ts';
import { negotiateZPage, zPageGroup, type ZPageForm, type ZPageKind } from './negotiate.ts';

/** What a component tells about itself. */
export interface ComponentInfo {
  /** "kubedirector" */
  readonly name: string;
  /** "0.1.0" */
  readonly binaryVersion: string;
  /** When the process began. */
  readonly startedAt: Date;
  /** "1.37": the version of Kubernetes whose API this component has. */
  readonly emulationVersion: string;
  /** Its flags by name, without dashes, with the values in use. Absent: /flagz is not served. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** All that the pages show. */
export interface ZPageOptions extends ComponentInfo {
  /** The runtime, in the place of Go's version. */
  readonly goVersion: string;
  /** Every path that is served, of which /statusz lists the first parts. */
  readonly paths: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  /** Chooses how names and values are separated: differently each time, so that no program depends on it. */
  readonly random: () => number;
}

interface Page {
  readonly kind: ZPageKind;
  /** The fields beside kind, apiVersion and metadata. */
  readonly fields: () => Readonly<Record<string, unknown>>;
  /** The lines below the heading. @param separator between a name and its value */
  readonly text: (separator: string) => string;
}

/** The handler of a path, or undefined for any other path. */
export function createZPages(options: ZPageOptions): (path: string) => Handler | undefined {
  const pages = new Map<string, Page>([['/statusz', statusPage(options)]]);
  if (options.flags !== undefined) pages.set('/flagz', flagPage(options.flags));
  return (path) => {
    const page = pages.get(path);
    return page && ((exchange) => answer(exchange, page, options));
  };
}

const separators = [':', ': ', '=', ' '];
const notice =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for ' +
  'debugging purposes only.';

async function answer(exchange: Exchange, page: Page, { name, random }: ZPageOptions): Promise<void> {
  const { kind } = page;
  const form = negotiateZPage(exchange.request.headers.accept, kind);
  if (form === 'text') {
    const separator = separators[Math.floor(random() * separators.length)] ?? ':';
    await sendText(exchange, 200, `\n${name} ${kind.toLowerCase()}\n${notice}\n${page.text(separator)}`);
    return;
  }
  const apiVersion = `${zPageGroup}/${form.version}`;
  await sendObject(exchange, form, { kind, apiVersion, metadata: { name }, ...page.fields() });
}

interface ZPageObject {
  readonly kind: ZPageKind;
  readonly [field: string]: unknown;
}

async function sendObject(exchange: Exchange, { mediaType, version, pretty }: ZPageForm, object: ZPageObject) {
  const { headers: asked } = exchange.request;
  const form = { mediaType, pretty: pretty || prettyWanted(exchange.info.query, asked['user-agent']) };
  const page = object.kind.toLowerCase();
  if (version === 'v1alpha1') {
    exchange.warn(`This version of the ${page} endpoint is deprecated. Please use a newer version.`);
  }
  await sendBody(exchange, {
    status: 200,
    contentType: `${mediaType};g=${zPageGroup};v=${version};as=${object.kind}`,
    body: serialize(form, object),
    ...endsLine(form),
  });
}

function statusPage(options: ZPageOptions): Page {
  const { startedAt, goVersion, binaryVersion, emulationVersion, clock } = options;
  const paths = debuggingPaths(options.paths);
  const uptimeSeconds = (): number =>
    Math.max(0, Math.floor((clock.now().getTime() - startedAt.getTime()) / millisecondsPerSecond));
  return {
    kind: 'Statusz',
    fields: () => ({
      startTime: startedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
      uptimeSeconds: uptimeSeconds(),
      ...{ goVersion, binaryVersion, emulationVersion, paths },
    }),
    text: (separator) => {
      const rows = [
        ['Started', unixDate(startedAt)],
        ['Up', uptime(uptimeSeconds())],
        ['Go version', goVersion],
        ['Binary version', binaryVersion],
        ['Emulation version', emulationVersion],
        ['Paths', paths.join(' ')],
      ];
      return `\n${rows.map(([label, value]) => `${label}${separator} ${value}\n`).join('')}`;
    },
  };
}

function flagPage(flags: Readonly<Record<string, string>>): Page {
  const sorted = Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    kind: 'Flagz',
    fields: () => ({ flags: Object.fromEntries(sorted) }),
    text: (separator) => sorted.map(([flag, value]) => `${flag}${separator}${value}\n`).join(''),
  };
}

const millisecondsPerSecond = 1_000;

/** "Sun Nov 29 11:03:03 UTC 2026", as Go's time.UnixDate. */
function unixDate(date: Date): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = date.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`;
}

/** "26 hr 05 min 09 sec" */
function uptime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`;
}

/** Paths of the API itself, which nobody opens to find a fault. */
const apiPaths = new Set(['/api', '/apis', '/openid', '/openapi', '/.well-known']);

/** The first parts of these paths, sorted, each once: "/livez" for "/livez/ping". */
function debuggingPaths(paths: readonly string[]): string[] {
  const first = paths.flatMap((path) => {
    const [, part = ''] = path.split('/');
    return part === '' || apiPaths.has(`/${part}`) ? [] : [`/${part}`];
  });
  return [...new Set(first)].sort();
}
