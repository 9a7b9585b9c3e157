/** Objects without a field that a user may not see, and how writes of such users are completed. */
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { lastAppliedAnnotation, parsedApplied } from './last-applied.ts';
import { ownersWithout, withHiddenOwners } from './redacted-owners.ts';
import { withFieldOf, withoutField, type FieldWay } from './secret-fields.ts';

/**
 * A copy without the field, neither in its place nor in what kubectl keeps of the file that was applied; the very same
 * object where it is in neither.
 */
export function redacted<T extends KubeObject>(object: T, way: FieldWay): T {
  const bare = withoutOwners(withoutField(object, way), way);
  const { annotations } = object.metadata;
  const applied = annotations?.[lastAppliedAnnotation];
  if (annotations === undefined || applied === undefined) return bare;
  const shown = redactedText(applied, way);
  if (shown === applied) return bare;
  const kept = { ...annotations };
  if (shown === undefined) Reflect.deleteProperty(kept, lastAppliedAnnotation);
  else kept[lastAppliedAnnotation] = shown;
  return { ...bare, metadata: { ...bare.metadata, annotations: kept } };
}

/**
 * What someone who saw the redacted `current` makes of it: the field stays where they say nothing of it, and so does
 * the annotation where they leave it as they saw it.
 * @param next not validated: anything may have the wrong type
 */
export function restored<T extends KubeObject>(next: T, current: T, way: FieldWay): T {
  const whole = withOwnersOf(withFieldOf(next, current, way), current, way);
  const applied = current.metadata.annotations?.[lastAppliedAnnotation];
  const shown = applied === undefined ? undefined : redactedText(applied, way);
  const annotations: unknown = next.metadata.annotations ?? {};
  if (applied === undefined || shown === applied || !isJsonObject(annotations)) return whole;
  if (annotations[lastAppliedAnnotation] !== shown) return whole;
  const kept = { ...next.metadata.annotations, [lastAppliedAnnotation]: applied };
  return { ...whole, metadata: { ...whole.metadata, annotations: kept } };
}

function withoutOwners<T extends KubeObject>(object: T, way: FieldWay): T {
  const { managedFields } = object.metadata;
  const shown = ownersWithout(managedFields, way);
  if (shown === undefined || shown === managedFields) return object;
  return { ...object, metadata: { ...object.metadata, managedFields: [...shown] } };
}

function withOwnersOf<T extends KubeObject>(next: T, current: T, way: FieldWay): T {
  const { managedFields } = next.metadata;
  const before = current.metadata.managedFields;
  if (managedFields === undefined || ownersWithout(before, way) === before) return next;
  const whole = withHiddenOwners(managedFields, before, way) as T['metadata']['managedFields'] & object;
  return { ...next, metadata: { ...next.metadata, managedFields: whole } };
}

/** Undefined if the field cannot be found in the text. */
function redactedText(text: string, way: FieldWay): string | undefined {
  const field = way.at(-1);
  if (typeof field !== 'string' || !text.includes(field)) return text;
  const applied = parsedApplied(text);
  if (applied === undefined) return undefined;
  // Written again even if nothing was found: if a key is repeated, parsing keeps only one of them.
  return `${JSON.stringify(withoutField(applied, way))}\n`;
}
