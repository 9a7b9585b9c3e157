/** OpenAPI v3 documents, one for each group version. */
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { ResourceDefinition } from '../resource.ts';
import { componentsFor, referencesIn } from './components.ts';
import type { Document, OpenApiInfo } from './contract.ts';
import { pathsOf, rootPath } from './paths.ts';

/** The names of group versions in /openapi/v3: "api/v1", "apis/apps/v1". */
export function documentNames(definitions: readonly ResourceDefinition[]): string[] {
  return [...new Set(definitions.map((definition) => rootPath(definition).slice(1)))].sort();
}

/** The document of the given resources, with every schema that they refer to. */
export function createDocument(
  definitions: readonly ResourceDefinition[],
  schemas: OpenApiSchemas,
  info: OpenApiInfo,
): Document {
  const paths = pathsOf(definitions);
  const roots = new Set([...referencesIn(paths), ...definitions.map(({ schema }) => schema.name)]);
  return { openapi: '3.0.0', info, paths, components: { schemas: componentsFor(schemas, definitions, roots) } };
}
