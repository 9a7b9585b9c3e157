/** What goes through the write pipeline; see pipeline.ts. */
import type { FieldError } from '../../meta/field-error.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import type { UpdateOptions } from './contract.ts';
import type { CallContext } from '../resource.ts';

/** A write as its caller asks for it. */
export interface WriteRequest<T extends KubeObject> {
  readonly context: CallContext;
  readonly operation: 'CREATE' | 'UPDATE';
  /** The name is '' if the server makes it. */
  readonly target: NamespacedName;
  readonly options: UpdateOptions<T>;
}

/** The result of steps 1 to 5. */
export interface Draft<T extends KubeObject> {
  /** What the caller may change is as the caller wants it, all else is as it is stored. */
  readonly object: T;
  /** What the schema finds wrong with it. */
  readonly errors: readonly FieldError[];
  /** The uid and resourceVersion that the caller named, if any. */
  readonly named: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
}
