/** Writes of a leader, which fail once another process leads. See docs/adr/0039-leadership.md */
import type { KubeObject } from '../../meta/object.ts';
import { ConflictError } from '../../storage/contract.ts';
import type { CallContext } from '../resource.ts';
import type { RegistryDependencies } from './dependencies.ts';

/** The same dependencies, whose store commits only while the fence of the call holds; without a fence, the given ones. */
export function fenced<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  { fence }: Pick<CallContext, 'fence'>,
): RegistryDependencies<T> {
  if (fence === undefined) return dependencies;
  const { store } = dependencies;
  const { condition } = fence;
  return {
    ...dependencies,
    store: {
      async commit({ require, writes }) {
        try {
          return await store.commit({ require: [condition, ...require], writes });
        } catch (error) {
          if (error instanceof ConflictError && error.key === condition.key) throw fence.broken(error);
          throw error;
        }
      },
    },
  };
}
