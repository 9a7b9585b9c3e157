/** Which form of /statusz or /flagz a client gets. Source: k8s.io/apiserver/pkg/server/statusz/negotiate */
import { notAcceptable } from '../../meta/status.ts';
import { mediaTypes, parseAccept, type AcceptClause, type MediaType } from '../negotiation/index.ts';

/** The kinds of these pages. */
export type ZPageKind = 'Statusz' | 'Flagz';

/** The group of these kinds. */
export const zPageGroup = 'config.k8s.io';

const versions = ['v1beta1', 'v1alpha1'] as const;

/** An object of the page's kind. */
export interface ZPageForm {
  readonly mediaType: MediaType;
  readonly version: (typeof versions)[number];
  readonly pretty: boolean;
}

/**
 * The form of the answer: text, unless the client names the kind with its group and version.
 * @throws StatusError 406, also for JSON without the name of the kind
 */
export function negotiateZPage(accept: string | undefined, kind: ZPageKind): ZPageForm | 'text' {
  if (accept === undefined || accept.trim() === '') return 'text';
  for (const clause of parseAccept(accept)) {
    const form = formOf(clause, kind);
    if (form !== undefined) return form;
  }
  throw notAcceptable([...mediaTypes, 'text/plain']);
}

function formOf(clause: AcceptClause, kind: ZPageKind): ZPageForm | 'text' | undefined {
  const { parameters } = clause;
  const isGiven = (name: string): boolean => (parameters.get(name) ?? '') !== '';
  if (isGiven('stream') || isGiven('sv')) return undefined;
  const mediaType = mediaTypes.find((candidate) => accepts(clause, candidate));
  const version = versions.find((one) => one === parameters.get('v'));
  const isKind = parameters.get('g') === zPageGroup && parameters.get('as') === kind;
  if (mediaType !== undefined && version !== undefined && isKind) {
    return { mediaType, version, pretty: parameters.get('pretty') === '1' };
  }
  const namesKind = ['as', 'g', 'v'].some((name) => parameters.has(name));
  return accepts(clause, 'text/plain') && !namesKind ? 'text' : undefined;
}

function accepts({ type, subtype }: AcceptClause, mediaType: string): boolean {
  const [ownType, ownSubtype] = mediaType.split('/');
  return (type === '*' && subtype === '*') || (type === ownType && (subtype === '*' || subtype === ownSubtype));
}
