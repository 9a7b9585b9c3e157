/** Every resource that a playground serves: the group's, and Kubernetes' own that it needs. */
import kubernetes from '../../openapi/kubernetes/schemas.json' with { type: 'json' };
import type { CoreEvent } from '../apis/kubernetes/types.ts';
import type { ResourceDefinition } from '../apiserver/resource.ts';
import { createReadOnlyRegistry } from '../apiserver/registry/index.ts';
import type { ResourceCache } from '../apiserver/watchcache/contract.ts';
import type { StoreHub } from '../apiserver/watchcache/index.ts';
import { served, type ServedResource } from '../apiserver/server.ts';
import type { AccessReviewer } from '../clients/contract.ts';
import {
  createAccessRules,
  createGroupEvents,
  createReviews,
  playgroundDefinitions,
  snapshotSchemas,
  type DefinitionDeps,
} from '../playground/index.ts';
import type { KubeDirectorGroup } from '../registry/kubedirector/index.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { OpenApiSchemas } from '../schema/contract.ts';
import { createResourceSchemas } from '../schema/index.ts';

interface ResourceDependencies extends Omit<DefinitionDeps, 'schema'> {
  /** Not started yet. */
  readonly hub: StoreHub;
  readonly metrics: Metrics;
  /** Answers the reviews that clients ask for. */
  readonly access: AccessReviewer;
}

/** KubeDirector's resources and the native ones, with one set of schemas. */
export function composeResources(group: KubeDirectorGroup, deps: ResourceDependencies): readonly ServedResource[] {
  const schema = createResourceSchemas(nativeSchemas);
  const definitions = playgroundDefinitions({ ...deps, schema });
  const groupEvents = createGroupEvents({
    ...{ schema, metrics: deps.metrics, hub: deps.hub },
    events: eventsCache(definitions, deps.hub),
  });
  return [
    ...definitions.map((definition) => ({ definition })),
    groupEvents,
    ...createReviews({ ...deps, schema, rules: createAccessRules(deps.lookup).rules }),
    ...groupResources(group),
  ];
}

/** The group's own: what is stored, and the views computed of it. */
export function groupResources({ roles, endpoints, entries }: KubeDirectorGroup): readonly ServedResource[] {
  const views = [
    served(roles.definition, createReadOnlyRegistry(roles.definition, roles.cache)),
    served(endpoints.definition, createReadOnlyRegistry(endpoints.definition, endpoints.cache)),
  ];
  const computed = new Set(views.map(({ definition }) => definition.plural));
  const stored = entries.filter(({ definition }) => !computed.has(definition.plural));
  return [...stored.map(({ definition }) => ({ definition })), ...views];
}

/** Schemas of native kinds: Kubernetes' own, and those of kinds that only a playground serves. */
export const nativeSchemas: OpenApiSchemas = {
  ...(kubernetes.components.schemas as unknown as OpenApiSchemas),
  ...snapshotSchemas,
};

/** The hub's caches are as erased as the definitions they are made of; this one's objects are core/v1 Events. */
function eventsCache(definitions: readonly ResourceDefinition[], hub: StoreHub): ResourceCache<CoreEvent> {
  const events = definitions.find(({ group, plural }) => group === '' && plural === 'events');
  if (events === undefined) throw new Error('the playground has no events');
  return hub.cache(events) as unknown as ResourceCache<CoreEvent>;
}
