import type { KubedirectorDocument } from './document.ts';

/** The schemas and the names of the kinds as a module of data. */
export function resourceSource({ schemas, resources }: KubedirectorDocument): string {
  return `// Made from openapi/ by \`npm run generate\`. Do not edit.
import type { OpenApiSchemas } from '../../schema/contract.ts';
import type { ResourceNames } from './resource-names.ts';

/** The group's own schemas by their full names; Kubernetes' own that they refer to are in openapi/kubernetes. */
export const kubedirectorSchemas: OpenApiSchemas = ${JSON.stringify(schemas, null, 2)};

/** How each kind is served. */
export const kubedirectorResources = ${JSON.stringify(resources, null, 2)} satisfies Readonly<Record<string, ResourceNames>>;
`;
}
