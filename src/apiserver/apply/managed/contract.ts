/**
 * Who owns which fields of an object, and the layers that keep track of it at every write.
 * Source of behaviour: k8s.io/apimachinery/pkg/util/managedfields.
 *
 * What differs from there:
 * - Objects come and go in the version of the request, so they are not converted on their way in or out. Entries of
 *   another version go through the given Converter, which says 'missing' for versions that it does not know; those
 *   entries are dropped.
 * - Defaults are not filled in here after an apply: the caller's next step does that.
 * - Objects are plain JSON and never changed in place. Layers give and take immutable values.
 * - managedFields of a stored object that cannot be read count as none, in an apply too, so that no stored object is
 *   beyond repair. (kube-apiserver answers 500 to an apply there.)
 */
import type { JsonObject } from '../../../meta/json.ts';
import type { KubeObject } from '../../../meta/object.ts';
import type { Steps } from '../../../runtime/steps.ts';
import type { Managers } from '../merge/index.ts';

/** Makes the object with its managedFields. Both halves of the work take long for an object of many thousand fields. */
export type WithOwners<T extends KubeObject> = () => T;

/** Keeps metadata.managedFields of one resource or subresource true at every write. */
export interface FieldManager<T extends KubeObject> {
  /**
   * After a create, update or patch that is no apply.
   * @param live the stored object; undefined at creation
   * @param next what the write makes of it, with the managedFields that the client sent, if any
   * @param manager who writes; '' counts as "unknown"
   * @returns gives `next` with the managedFields that it should have. Neither throws for wrong content.
   */
  update(live: T | undefined, next: T, manager: string): WithOwners<T>;
  /**
   * Merges what a manager wants into the object.
   * @param live the stored object; undefined at creation
   * @param configuration the body of the apply patch, as it was sent
   * @param force take fields that others own, instead of failing
   * @returns the merged object with its managedFields, before defaults
   * @throws StatusError 409 with a cause for each conflict; 400 for another kind or for managedFields in the
   *   configuration; 500, in kube-apiserver's words, for a configuration that the schema cannot read
   */
  apply(live: T | undefined, configuration: KubeObject, manager: string, force: boolean): T;
  /** As `apply`, in steps. */
  applySteps(live: T | undefined, configuration: KubeObject, manager: string, force: boolean): Steps<T>;
}

/** The owners of an object's fields. Keys are manager identifiers, see manager-identifier.ts. */
export interface Managed {
  readonly sets: Managers;
  /** When each manager last changed something, as in the entry ("2026-01-02T03:04:05Z"). */
  readonly times: ReadonlyMap<string, string>;
}

/** Nobody owns anything. */
export const nobody: Managed = { sets: new Map(), times: new Map() };

/** A write that is no apply, as the layers see it. No object has managedFields. */
export interface Update {
  /** At creation an object without anything but apiVersion and kind. */
  readonly live: JsonObject;
  readonly next: JsonObject;
  readonly managed: Managed;
  /** A plain name in the outer layers, an identifier in the inner ones. */
  readonly manager: string;
}

/** An apply, as the layers see it. No object has managedFields, but the configuration where it should not have them. */
export interface Apply {
  readonly live: JsonObject;
  readonly configuration: JsonObject;
  readonly managed: Managed;
  readonly manager: string;
  readonly force: boolean;
}

/** What an apply leads to. */
export interface Applied {
  readonly object: JsonObject;
  readonly managed: Managed;
}

/** One concern of field management, around a layer with the others. */
export interface Layer {
  /** @throws TypedError if one of the objects cannot be read with the schema */
  update(write: Update): Managed;
  /** @throws ConflictsError, StatusError as FieldManager.apply */
  apply(write: Apply): Steps<Applied>;
}
