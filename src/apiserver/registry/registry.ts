/** Registries of stored resources and of computed, read-only ones. */
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import { methodNotSupported, notFound } from '../../meta/status.ts';
import type { ResourceCache } from '../watchcache/contract.ts';
import type { ResourceRegistry } from './contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { create } from './create.ts';
import { deleteObject } from './delete.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import { fenced } from './fenced.ts';
import { existing } from './object-store.ts';
import { withRedaction } from './redacted.ts';
import { update } from './update.ts';

export type { NamespaceLookup } from './dependencies.ts';

/** All verbs of a stored resource. A write is answered only after it is durable and visible in the cache. */
export function createRegistry<T extends KubeObject>(dependencies: RegistryDependencies<T>): ResourceRegistry<T> {
  const { definition, cache } = dependencies;
  return withRedaction({
    definition,
    cache,
    ...(dependencies.owners === undefined ? {} : { owners: dependencies.owners }),
    async get(target) {
      await cache.current();
      return existing(dependencies, target);
    },
    create: (context, namespace, object, options) =>
      create(fenced(dependencies, context), context, namespace, object, options),
    update: (context, target, transform, options) =>
      update(fenced(dependencies, context), context, target, transform, options),
    delete: (context, target, options) => deleteObject(fenced(dependencies, context), context, target, options),
  });
}

/** A computed view: get, list and watch; every write is answered with 405. */
export function createReadOnlyRegistry<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  cache: ResourceCache<T>,
): ResourceRegistry<T> {
  const refuse = (verb: string) => (): Promise<never> =>
    Promise.reject(methodNotSupported(groupResource(definition), verb));
  return withRedaction({
    definition,
    cache,
    async get({ namespace, name }: NamespacedName) {
      await cache.current();
      const found = cache.get(namespace, name);
      if (found === undefined) throw notFound(groupResource(definition), name);
      return found;
    },
    create: refuse('create'),
    update: refuse('update'),
    delete: refuse('delete'),
  });
}
