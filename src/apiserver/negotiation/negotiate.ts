/** Content negotiation. Rules: k8s.io/apiserver/pkg/endpoints/handlers/negotiation. */
import { badRequest, notAcceptable } from '../../meta/status.ts';
import { parseAccept, type AcceptClause } from './accept.ts';
import type { Negotiated, Representation } from './contract.ts';

/** The media types of answers, in the order of preference if the client has none. */
export const mediaTypes = ['application/json', 'application/yaml'] as const;
/** One of `mediaTypes`. */
export type MediaType = (typeof mediaTypes)[number];

interface Allowed {
  /** The answer has columns. */
  readonly table?: boolean;
  /** The answer is an object with metadata, or a list of them. */
  readonly partial?: boolean;
  /** Browsers, curl and wget get indented JSON. */
  readonly userAgent?: string | undefined;
}

interface Query {
  get(name: string): string | null;
}

const plain: Negotiated = { mediaType: 'application/json', pretty: false, representation: { as: 'object' } };
const metaGroup = 'meta.k8s.io';

/**
 * The form of the answer. The first acceptable clause decides; clauses for unavailable forms (protobuf, a Table of
 * something without columns) are skipped.
 * @throws StatusError 406 if nothing is acceptable, 400 for an invalid includeObject
 */
export function negotiate(accept: string | undefined, query: Query, allow: Allowed = {}): Negotiated {
  const humans = prettyWanted(query, allow.userAgent);
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return humans ? { ...plain, pretty: true } : plain;
  }
  for (const clause of parseAccept(accept)) {
    const mediaType = mediaTypeOf(clause);
    const representation = mediaType && representationOf(clause, query, allow);
    if (mediaType && representation) {
      return { mediaType, pretty: humans || clause.parameters.get('pretty') === '1', representation };
    }
  }
  throw notAcceptable(mediaTypes);
}

/** The media type that a clause accepts; undefined if it accepts none of ours. */
export function mediaTypeOf({ type, subtype }: AcceptClause): MediaType | undefined {
  if (type === '*' || (type === 'application' && subtype === '*')) return subtype === '*' ? mediaTypes[0] : undefined;
  return mediaTypes.find((candidate) => candidate === `${type}/${subtype}`);
}

function representationOf(clause: AcceptClause, query: Query, allow: Allowed): Representation | undefined {
  const { parameters } = clause;
  if (asksForNoKind(clause)) return { as: 'object' };
  const asked = parameters.get('v');
  if (parameters.get('g') !== metaGroup || (asked !== 'v1' && asked !== 'v1beta1')) return undefined;
  const version: { version?: 'v1beta1' } = asked === 'v1' ? {} : { version: asked };
  switch (parameters.get('as')) {
    case 'Table':
      return allow.table === true ? { as: 'Table', includeObject: includeObjectOf(query), ...version } : undefined;
    case 'PartialObjectMetadata':
      return allow.partial === true ? { as: 'PartialObjectMetadata', list: false, ...version } : undefined;
    case 'PartialObjectMetadataList':
      return allow.partial === true ? { as: 'PartialObjectMetadata', list: true, ...version } : undefined;
    default:
      return undefined;
  }
}

/** Whether a clause requests no Table or other conversion. Empty and unknown parameters request nothing. */
export function asksForNoKind({ parameters }: AcceptClause): boolean {
  const stream = parameters.get('stream') ?? '';
  if (stream !== '' && stream !== 'watch') return false;
  return ['as', 'g', 'v'].every((name) => (parameters.get(name) ?? '') === '');
}

function includeObjectOf(query: Query): 'None' | 'Metadata' | 'Object' {
  const asked = query.get('includeObject') ?? '';
  if (asked === '') return 'Metadata';
  if (asked === 'None' || asked === 'Metadata' || asked === 'Object') return asked;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: ` +
      "must be 'Metadata', 'Object', 'None', or empty",
  );
}

/** Whether a line end follows the answer: as in kube-apiserver, after JSON that is not indented. */
export function endsLine({ mediaType, pretty }: Pick<Negotiated, 'mediaType' | 'pretty'>): { lineEnd: boolean } {
  return { lineEnd: mediaType === 'application/json' && !pretty };
}

/** Whether to indent: as ?pretty says, else for browsers, curl and wget. */
export function prettyWanted(query: Query, userAgent: string | undefined): boolean {
  return prettyByQuery(query) ?? isHuman(userAgent);
}

/** Parsed like Go's strconv.ParseBool; undefined if not given. */
function prettyByQuery(query: Query): boolean | undefined {
  const asked = query.get('pretty') ?? '';
  return asked === '' ? undefined : ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked);
}

function isHuman(userAgent: string | undefined): boolean {
  return userAgent !== undefined && /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
