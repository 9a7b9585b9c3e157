/** OpenAPI v3 documents, one for each group version. */
import type { Steps } from '../../runtime/steps.ts';
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { componentsFor, referencesIn } from './components.ts';
import type { Document, OpenApiInfo } from './contract.ts';
import { pathsOf, rootPath } from './paths.ts';

/** The names of group versions in /openapi/v3: "api/v1", "apis/apps/v1". */
export function documentNames(definitions: readonly ResourceDefinition[]): string[] {
  return [...new Set(definitions.map((definition) => rootPath(definition).slice(1)))].sort();
}

/** The document of the given resources, with every schema that they refer to; in steps. */
export function* createDocument(
  definitions: readonly ResourceDefinition[],
  schemas: OpenApiSchemas,
  info: OpenApiInfo,
): Steps<Document> {
  const paths = yield* pathsOf(definitions);
  yield;
  const roots = new Set([...referencesIn(paths), ...definitions.map(({ schema }) => schema.name)]);
  yield;
  const components = { schemas: yield* componentsFor(schemas, definitions, roots) };
  return { openapi: '3.0.0', info, paths, components };
}
