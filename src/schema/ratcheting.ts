/**
 * A stored object was valid when it was written. A newer rule, or one that another version of the program did not have,
 * must not block changes to other fields, corrections or deletion. So findings about unchanged parts are dropped.
 * Source: KEP-4008 (CRDValidationRatcheting), k8s.io/apiextensions-apiserver/pkg/apiserver/validation/ratcheting.go
 */
import type { FieldError } from '../meta/field-error.ts';
import type { SchemaNode } from './contract.ts';
import { Correlation } from './correlation.ts';

/** Fields that identify the object; findings about them always count. */
const identity = /^(apiVersion|kind|metadata)([.[]|$)/;

/** An object and what is wrong with it. */
export interface Findings {
  readonly errors: readonly FieldError[];
  readonly object: unknown;
}

/**
 * The findings of a schema about something that the write changes. A finding is dropped if its field, or a part of the
 * object that contains it, is unchanged. A field that is missing, and was missing before, is unchanged.
 */
export function changedFindings(
  root: SchemaNode,
  after: Findings,
  before: { readonly errors: () => readonly FieldError[]; readonly object: unknown },
): FieldError[] {
  const correlation = new Correlation(root, after.object, before.object);
  let known: ReadonlySet<string> | undefined;
  return after.errors.filter((error) => {
    const { field } = error;
    if (field === '' || identity.test(field)) return true;
    let places = correlation.placesTo(field);
    if (error.type === 'FieldValueDuplicate') {
      // The finding is about the list: neither of the two equal elements is wrong by itself.
      known ??= new Set(before.errors().map(repetition));
      if (known.has(repetition(error))) return false;
      places = places.slice(0, -1);
    }
    const isLater = (index: number): boolean => (places[index - 1]?.old ?? undefined) !== undefined;
    return !places.some((place, index) => index > 0 && isLater(index) && correlation.isUnchanged(place));
  });
}

/** Identifies a repetition by its list and the repeated value. */
const repetition = ({ type, field, message }: FieldError): string =>
  JSON.stringify([type, field.slice(0, field.lastIndexOf('[')), message]);

/**
 * The findings of a resource's own rules that the stored object did not have already. Two findings are the same if
 * message and place are equal; elements of lists of type map are identified by their keys. FieldValueForbidden always
 * stays, because it is about the change or its author.
 * @param findBefore only called where something is wrong
 */
export function newFindings(root: SchemaNode, after: Findings, findBefore: () => Findings): FieldError[] {
  if (after.errors.length === 0) return [];
  const before = findBefore();
  const identify = (object: unknown) => {
    const correlation = new Correlation(root, object, undefined);
    return ({ type, field, message }: FieldError): string => {
      const path = correlation.placesTo(field).map(({ segment }) => segment);
      return JSON.stringify([type, path, message]);
    };
  };
  const known = new Set(before.errors.map(identify(before.object)));
  const of = identify(after.object);
  const correlation = new Correlation(root, after.object, before.object);
  // Messages may be equal although the values differ.
  const isOtherValue = (field: string): boolean => {
    const place = correlation.placesTo(field).at(-1);
    const isLeaf = place?.value !== undefined && (typeof place.value !== 'object' || place.value === null);
    return isLeaf && !correlation.isUnchanged(place);
  };
  return after.errors.filter(
    (error) => error.type === 'FieldValueForbidden' || !known.has(of(error)) || isOtherValue(error.field),
  );
}
