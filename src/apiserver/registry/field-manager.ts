/** Ownership of fields. Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import type { KubeObject } from '../../meta/object.ts';

/** Computes managedFields of writes to one resource or subresource. */
export interface FieldManager<T extends KubeObject> {
  /** `next` with its managedFields after a write that is no apply. Never fails. */
  update(live: T | undefined, next: T, manager: string): T;
  /**
   * The live object merged with the configuration, with its managedFields.
   * @throws StatusError 409 if another manager owns a field and `force` is false; 400 or 422 for a bad configuration
   */
  apply(live: T | undefined, configuration: KubeObject, manager: string, force: boolean): T;
}
