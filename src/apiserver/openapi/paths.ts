/** The paths of a group version. */
import type { Steps } from '../../runtime/steps.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { Parameter, PathItem } from './contract.ts';
import { collectionOperations, listOperation, objectOperations, subresourceOperations } from './operations.ts';
import type { Operations } from './operations.ts';
import { nameParameter, namespaceParameter, pathParameter, prettyParameter } from './parameters.ts';
import { proxyOperations } from './proxy-operations.ts';
import { watchListOperation, watchObjectOperation } from './watch-operations.ts';

/** "/api/v1", "/apis/apps/v1" */
export function rootPath({ group, version }: { group: string; version: string }): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** Every path of these resources that has at least one operation. */
export function* pathsOf(definitions: readonly ResourceDefinition[]): Steps<Record<string, PathItem>> {
  const paths: [string, PathItem][] = [];
  for (const definition of definitions) {
    paths.push(...pathsOfResource(definition));
    yield;
  }
  return Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pathsOfResource(definition: ResourceDefinition): [string, PathItem][] {
  const { kind, plural, namespaced, subresources } = definition;
  const scope = namespaced ? 'Namespaced' : '';
  const base = rootPath(definition);
  const collection = namespaced ? `${base}/namespaces/{namespace}/${plural}` : `${base}/${plural}`;
  const inNamespace = namespaced ? [namespaceParameter] : [];
  const ofObject = [nameParameter(kind), ...inNamespace, prettyParameter];
  return [
    ...item(collection, collectionOperations(definition, scope), [...inNamespace, prettyParameter]),
    ...item(`${collection}/{name}`, objectOperations(definition, scope), ofObject),
    ...Object.entries(subresources).flatMap(([name, subresource]) => {
      const path = `${collection}/{name}/${name}`;
      if (subresource.type === 'proxy') return proxyPaths(path, definition, scope, name);
      return item(path, subresourceOperations(definition, scope, name, subresource), ofObject);
    }),
    ...(namespaced
      ? item(`${base}/${plural}`, listOperation(definition, '', 'ForAllNamespaces'), [prettyParameter])
      : []),
    ...watchPathsOf(definition),
  ];
}

/** What is answered has the form that the member gives it: `pretty` is the member's, too. */
function proxyPaths(path: string, definition: ResourceDefinition, scope: string, name: string): [string, PathItem][] {
  const { kind, namespaced } = definition;
  const ofObject = [nameParameter(kind), ...(namespaced ? [namespaceParameter] : [])];
  return [
    ...item(path, proxyOperations(definition, scope, name, ''), ofObject),
    ...item(`${path}/{path}`, proxyOperations(definition, scope, name, 'WithPath'), [...ofObject, pathParameter]),
  ];
}

function watchPathsOf(definition: ResourceDefinition): [string, PathItem][] {
  const { kind, plural, namespaced } = definition;
  const base = `${rootPath(definition)}/watch`;
  const scope = namespaced ? 'Namespaced' : '';
  const collection = namespaced ? `${base}/namespaces/{namespace}/${plural}` : `${base}/${plural}`;
  const inNamespace = namespaced ? [namespaceParameter] : [];
  const ofObject = [nameParameter(kind), ...inNamespace, prettyParameter];
  const ofAll = watchListOperation(definition, '', 'ListForAllNamespaces');
  return [
    ...item(collection, watchListOperation(definition, scope, 'List'), [...inNamespace, prettyParameter]),
    ...item(`${collection}/{name}`, watchObjectOperation(definition, scope), ofObject),
    ...(namespaced ? item(`${base}/${plural}`, ofAll, [prettyParameter]) : []),
  ];
}

function item(path: string, operations: Operations, parameters: readonly Parameter[]): [string, PathItem][] {
  return Object.keys(operations).length === 0 ? [] : [[path, { ...operations, parameters }]];
}
