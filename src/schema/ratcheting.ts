/**
 * What is stored was accepted once. A rule that came later, or that another version of the program did not have, must not
 * keep it from being changed elsewhere, put right or deleted: a finding about what a write leaves as it was is dropped.
 * Source: KEP-4008 (CRDValidationRatcheting), k8s.io/apiextensions-apiserver/pkg/apiserver/validation/ratcheting.go
 */
import type { FieldError } from '../meta/field-error.ts';
import type { SchemaNode } from './contract.ts';
import { Correlation } from './correlation.ts';

/** What says which object it is: always judged. */
const identity = /^(apiVersion|kind|metadata)([.[]|$)/;

/** What is wrong with an object. */
export interface Findings {
  readonly errors: readonly FieldError[];
  readonly object: unknown;
}

/**
 * The findings of a schema that concern something that the write changes. Dropped is a finding about a field that is as
 * it was, or within something that is as it was. A field that is missing counts as it was where it was missing before.
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
      // It is about the list: the element itself is as good as the one that it repeats.
      known ??= new Set(before.errors().map(repetition));
      if (known.has(repetition(error))) return false;
      places = places.slice(0, -1);
    }
    const isLater = (index: number): boolean => (places[index - 1]?.old ?? undefined) !== undefined;
    return !places.some((place, index) => index > 0 && isLater(index) && correlation.isUnchanged(place));
  });
}

/** The list that repeats something, and what it repeats. */
const repetition = ({ type, field, message }: FieldError): string =>
  JSON.stringify([type, field.slice(0, field.lastIndexOf('[')), message]);

/**
 * Of what a resource's own rules find wrong with an object, what they did not find wrong with the stored one. A finding
 * is the same where its words are, and the place that it names; elements of lists that are maps are known by their keys.
 * What is forbidden is about the change or about who makes it, and always stays.
 * @param findBefore only asked where something is wrong
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
  // The words may hide a value that differs.
  const isOtherValue = (field: string): boolean => {
    const place = correlation.placesTo(field).at(-1);
    const isLeaf = place?.value !== undefined && (typeof place.value !== 'object' || place.value === null);
    return isLeaf && !correlation.isUnchanged(place);
  };
  return after.errors.filter(
    (error) => error.type === 'FieldValueForbidden' || !known.has(of(error)) || isOtherValue(error.field),
  );
}
