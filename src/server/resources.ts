/** Every resource that a playground serves: the group's, and Kubernetes' own that it needs. */
import kubernetes from '../../openapi/kubernetes/schemas.json' with { type: 'json' };
import { createReadOnlyRegistry } from '../apiserver/registry/index.ts';
import { served, type ServedResource } from '../apiserver/server.ts';
import { playgroundDefinitions, type DefinitionDeps } from '../playground/index.ts';
import type { KubeDirectorGroup } from '../registry/kubedirector/index.ts';
import type { OpenApiSchemas, ResourceSchema } from '../schema/contract.ts';
import { createResourceSchema } from '../schema/index.ts';

export interface ComposedResources {
  readonly resources: readonly ServedResource[];
  /** Of all of them, and of what they refer to. */
  readonly schemas: OpenApiSchemas;
}

export function composeResources(group: KubeDirectorGroup, deps: Omit<DefinitionDeps, 'schema'>): ComposedResources {
  const native = kubernetes.components.schemas as unknown as OpenApiSchemas;
  const made = new Map<string, ResourceSchema>();
  const schema = (name: string): ResourceSchema => {
    const known = made.get(name) ?? createResourceSchema(name, native);
    made.set(name, known);
    return known;
  };
  const { roles, endpoints, entries } = group;
  const computed = [
    served(roles.definition, createReadOnlyRegistry(roles.definition, roles.cache)),
    served(endpoints.definition, createReadOnlyRegistry(endpoints.definition, endpoints.cache)),
  ];
  const views = new Set(computed.map(({ definition }) => definition.plural));
  const stored = entries.filter(({ definition }) => !views.has(definition.plural));
  return {
    resources: [
      ...playgroundDefinitions({ ...deps, schema }).map((definition) => ({ definition })),
      ...stored.map(({ definition }) => ({ definition })),
      ...computed,
    ],
    schemas: { ...native, ...group.schemas },
  };
}
