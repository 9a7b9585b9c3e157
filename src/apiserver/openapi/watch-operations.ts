/**
 * The deprecated paths of watches, `/apis/GROUP/VERSION/watch/…`. Source: k8s.io/apiserver/pkg/endpoints/installer.go
 */
import type { ResourceDefinition } from '../resource.ts';
import { operationIdOf } from './names.ts';
import { answers, metaSchemas, operation, reference, watchMediaType, type Operations } from './operations.ts';
import { listParameters } from './parameters.ts';

const instead = "deprecated: use the 'watch' parameter with a list operation instead";

/** Watches a collection. @param rest the end of the operation id: "ListForAllNamespaces" or "List" */
export function watchListOperation(definition: ResourceDefinition, scope: string, rest: string): Operations {
  const description = `watch individual changes to a list of ${definition.kind}. ${instead}.`;
  return watchOperation(definition, 'watchlist', operationIdOf('watch', definition, scope, rest), description);
}

/** Watches one object. @param scope "Namespaced" or "" */
export function watchObjectOperation(definition: ResourceDefinition, scope: string): Operations {
  const filtered = `${instead}, filtered to a single item with the 'fieldSelector' parameter`;
  const description = `watch changes to an object of kind ${definition.kind}. ${filtered}.`;
  return watchOperation(definition, 'watch', operationIdOf('watch', definition, scope), description);
}

function watchOperation(
  definition: ResourceDefinition,
  action: 'watch' | 'watchlist',
  operationId: string,
  description: string,
): Operations {
  if (!definition.verbs.includes('watch')) return {};
  const answer = reference(`${metaSchemas}WatchEvent`);
  const shape = { kind: definition, parameters: listParameters, answer, answerTypes: [...answers, watchMediaType] };
  return { get: operation(definition, { action, operationId, description, ...shape }) };
}
