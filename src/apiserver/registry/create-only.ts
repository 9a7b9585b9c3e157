/** Resources that answer a create and store nothing: reviews (SubjectAccessReview). */
import { invalidObject, methodNotSupported, notFound } from '../../meta/status.ts';
import { without } from '../../meta/json.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { ResourceCache } from '../watchcache/contract.ts';
import { shape } from './checks.ts';
import type { ResourceRegistry } from './contract.ts';
import type { CallContext, ResourceDefinition } from '../resource.ts';
import { groupResource } from './dependencies.ts';
import { withoutManagedFields } from './system-metadata.ts';

/**
 * A registry that serves create only; every other verb is answered with 405. Nothing is admitted, named or written.
 * `answer` gets the object, pruned and defaulted by its schema and without status; what it returns is the answer.
 * @param empty a cache that stays empty, for lists
 * @param answer may throw StatusErrors
 */
export function createCreateOnlyRegistry<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  empty: ResourceCache<T>,
  answer: (context: CallContext, object: T) => T | Promise<T>,
): ResourceRegistry<T> {
  const refuse = (verb: string) => (): Promise<never> =>
    Promise.reject(methodNotSupported(groupResource(definition), verb));
  return {
    definition,
    cache: empty,
    get: ({ name }) => Promise.reject(notFound(groupResource(definition), name)),
    async create(context, _namespace, object) {
      const { object: shaped, errors } = await shape(
        definition,
        context,
        without(withoutManagedFields(object), 'status'),
      );
      if (errors.length > 0) throw invalidObject(definition, '', errors);
      const made = await answer(context, shaped);
      const json = Buffer.from(JSON.stringify(made));
      // In-process callers get the same as HTTP clients: the object as it was encoded.
      const shown = JSON.parse(json.toString('utf8')) as Stored<T>;
      const { metadata } = shown;
      return { key: '', json, size: json.length, revision: 0, created: true, object: shown, metadata };
    },
    update: refuse('update'),
    delete: refuse('delete'),
  };
}
