/**
 * The options that a list, watch or deletecollection has in its query. Rules and wording:
 * k8s.io/apimachinery/pkg/apis/meta/internalversion (ListOptions, its defaults and validation).
 */
import { parseFieldSelector, type FieldSelector } from '../../meta/fields.ts';
import { forbidden, notSupported, type FieldError } from '../../meta/field-error.ts';
import { parseLabelSelector, type LabelSelector } from '../../meta/labels.ts';
import type { KubeObject } from '../../meta/object.ts';
import { badRequest, invalidObject } from '../../meta/status.ts';
import type { RequestInfo } from '../exchange.ts';
import type { ResourceDefinition } from '../resource.ts';

/** resourceVersionMatch; '' if it is not given. */
export type VersionMatch = '' | 'Exact' | 'NotOlderThan';

/** Parsed and validated options of a list or watch. */
export interface ListOptions {
  /** Absent: all. */
  readonly labels: LabelSelector | undefined;
  /** Absent: all. */
  readonly fields: FieldSelector | undefined;
  /** '' and '0' have special meanings; other values are not parsed yet. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: VersionMatch;
  /** 0: no limit. */
  readonly limit: number;
  readonly continue: string;
  readonly timeoutSeconds: number | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

type Named = Pick<RequestInfo, 'query' | 'name'>;

/**
 * Parses and validates the options.
 * @param verb a watch from no version, or from "0", begins with the present state, as if it had set sendInitialEvents
 * @throws StatusError 400 for values that cannot be parsed, 422 for options that exclude each other
 */
export function parseListOptions<T extends KubeObject>(
  { query, name }: Named,
  definition: Pick<ResourceDefinition<T>, 'namespaced' | 'selectableFields'>,
  verb: 'list' | 'watch',
): ListOptions {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  const asked = {
    allowWatchBookmarks: booleanOf(query.get('allowWatchBookmarks')) ?? false,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: integerOf(query.get('timeoutSeconds')),
    limit: Math.max(0, integerOf(query.get('limit')) ?? 0),
    continue: query.get('continue') ?? '',
    sendInitialEvents: booleanOf(query.get('sendInitialEvents')),
  };
  const options = verb === 'watch' ? withInitialEvents(asked) : asked;
  const errors = verb === 'watch' ? watchErrors(options) : listErrors(options);
  const { resourceVersionMatch } = options;
  if (errors.length > 0 || !isMatch(resourceVersionMatch)) {
    throw invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  }
  checkFields(fields, definition);
  return { ...options, resourceVersionMatch, labels: labels.empty ? undefined : labels, fields: named(fields, name) };
}

function isMatch(text: string): text is VersionMatch {
  return text === '' || text === 'Exact' || text === 'NotOlderThan';
}

interface Unchecked {
  readonly resourceVersionMatch: string;
  readonly resourceVersion: string;
  readonly continue: string;
  readonly sendInitialEvents: boolean | undefined;
}

function withInitialEvents<O extends Unchecked>(options: O): O {
  const legacy = options.resourceVersion === '' || options.resourceVersion === '0';
  if (options.sendInitialEvents !== undefined || options.resourceVersionMatch !== '' || !legacy) return options;
  return { ...options, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
}

const matchField = 'resourceVersionMatch';
const withContinue = forbidden(matchField, 'resourceVersionMatch is forbidden when continue is provided');

function listErrors({ resourceVersionMatch: match, resourceVersion, ...options }: Unchecked): FieldError[] {
  const errors: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '') {
      errors.push(forbidden(matchField, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (options.continue !== '') errors.push(withContinue);
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(forbidden(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors({ resourceVersionMatch: match, sendInitialEvents, ...options }: Unchecked): FieldError[] {
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbidden(matchField, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return errors;
  if (sendInitialEvents === undefined) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push(forbidden(matchField, why));
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(matchField, match, ['NotOlderThan']));
  if (options.continue !== '') errors.push(withContinue);
  return errors;
}

function checkFields<T extends KubeObject>(
  selector: FieldSelector,
  { namespaced, selectableFields }: Pick<ResourceDefinition<T>, 'namespaced' | 'selectableFields'>,
): void {
  for (const field of selector.fields()) {
    const known =
      field === 'metadata.name' ||
      (namespaced && field === 'metadata.namespace') ||
      Object.hasOwn(selectableFields, field);
    if (!known) throw badRequest(`field label not supported: ${field}`);
  }
}

/** A name in the path selects like metadata.name; if both are given they must agree. */
function named(fields: FieldSelector, name: string): FieldSelector | undefined {
  if (name === '') return fields.empty ? undefined : fields;
  if (fields.empty) return parseFieldSelector(`metadata.name=${name.replace(/[\\,=]/g, '\\$&')}`);
  if (fields.exact('metadata.name') === name) return fields;
  throw badRequest("fieldSelector metadata.name doesn't match requested name");
}

/** Everything but "0" and "false" is true, as in k8s.io/apimachinery/pkg/runtime Convert_Slice_string_To_bool. */
function booleanOf(text: string | null): boolean | undefined {
  return text === null ? undefined : text !== '0' && text.toLowerCase() !== 'false';
}

const maxInt64 = 9_223_372_036_854_775_807n;

/** A signed 64-bit integer, as Go's strconv.ParseInt reads it; beyond 2^53 rounded. */
function integerOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const refuse = (why: string) => badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?[0-9]+$/.test(text)) throw refuse('invalid syntax');
  const digits = text.replace(/^[+-]?0*(?=.)/, '');
  const limit = text.startsWith('-') ? maxInt64 + 1n : maxInt64;
  if (digits.length > 19 || BigInt(digits) > limit) throw refuse('value out of range');
  return Number(text);
}
