/** Discovery and OpenAPI, only for the group. */
import { accept, ask, get, type LiveRequest, type LiveScenario } from '../scenario.ts';

const listOf = (body: unknown, key: string): Record<string, unknown>[] =>
  typeof body === 'object' && body !== null && key in body
    ? ((body as Record<string, Record<string, unknown>[]>)[key] ?? [])
    : [];
const ofGroup = (one: Record<string, unknown>): boolean =>
  JSON.stringify(one['name'] ?? one['metadata']).includes('GROUP');
const byName = (one: Record<string, unknown>, other: Record<string, unknown>): number =>
  JSON.stringify(one['name'] ?? one['resource'] ?? one['subresource']) <
  JSON.stringify(other['name'] ?? other['resource'] ?? other['subresource'])
    ? -1
    : 1;

/** Resources that only our server has, or that it computes, so that they cannot be written. */
const ofOurs = /^(kubedirectorroles|kubedirectorendpoints)/;
/** Subresources that a custom resource cannot have. */
const subresourceOfOurs = /^(endpoints|log|plan|restart|resume|suspend)$/;
const isOfOurs = (name: string): boolean => ofOurs.test(name) || subresourceOfOurs.test(name.split('/')[1] ?? '');

/** Leaves out the hashes of the storage versions, which differ between servers. */
const resources = (body: unknown): unknown => {
  if (listOf(body, 'resources').length === 0) return body;
  const items = listOf(body, 'resources')
    .filter(({ name }) => !isOfOurs(String(name)))
    .map((one) => ({ ...one, storageVersionHash: undefined }));
  return { ...(body as object), resources: items.sort(byName) };
};
const groups = (body: unknown): unknown => {
  const found = [...listOf(body, 'groups'), ...listOf(body, 'items')].filter(ofGroup);
  return found.length === 0 ? body : found;
};
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function aggregatedResources(one: Record<string, unknown>): unknown {
  const versions = listOf(one, 'versions').map((version) => ({
    ...version,
    resources: listOf(version, 'resources')
      .filter(({ resource }) => !ofOurs.test(String(resource)))
      .map((resource) => {
        const subresources = listOf(resource, 'subresources').filter(
          ({ subresource }) => !subresourceOfOurs.test(String(subresource)),
        );
        return { ...resource, ...(subresources.length === 0 ? {} : { subresources: subresources.sort(byName) }) };
      })
      .sort(byName),
  }));
  return { ...one, versions };
}

const discovery: LiveScenario = {
  name: 'discovery',
  steps: {
    resources: { ...get('/apis/GROUP/v1beta1'), only: resources },
    'resources with a slash': { ...get('/apis/GROUP/v1beta1/'), only: resources },
    'resources as YAML': { ...accept('/apis/GROUP/v1beta1', 'application/yaml'), only: () => '' },
    'resources as protobuf': accept('/apis/GROUP/v1beta1', 'application/vnd.kubernetes.protobuf'),
    'resources as protobuf or JSON': {
      ...accept('/apis/GROUP/v1beta1', 'application/vnd.kubernetes.protobuf,application/json'),
      only: resources,
    },
    'resources as text': accept('/apis/GROUP/v1beta1', 'text/html'),
    'resources as a table': accept('/apis/GROUP/v1beta1', 'application/json;as=Table;v=v1;g=meta.k8s.io'),
    'resources as aggregated discovery': { ...accept('/apis/GROUP/v1beta1', aggregated), only: resources },
    'resources by POST': ask('POST', '/apis/GROUP/v1beta1', { body: {}, contentType: 'application/json' }),
    'resources by DELETE': ask('DELETE', '/apis/GROUP/v1beta1'),
    'resources by HEAD': ask('HEAD', '/apis/GROUP/v1beta1'),
    'the group': get('/apis/GROUP'),
    'the group with a slash': get('/apis/GROUP/'),
    'the group as YAML': accept('/apis/GROUP', 'application/yaml'),
    'the group as protobuf': accept('/apis/GROUP', 'application/vnd.kubernetes.protobuf'),
    'the group by POST': ask('POST', '/apis/GROUP', { body: {}, contentType: 'application/json' }),
    groups: { ...get('/apis'), only: groups },
    'groups as aggregated discovery': {
      ...accept('/apis', `${aggregated},application/json`),
      only: (body) => listOf(body, 'items').filter(ofGroup).map(aggregatedResources),
    },
    'groups as former aggregated discovery': {
      ...accept('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'),
      only: groups,
    },
    'groups as former aggregated discovery alone': accept(
      '/apis',
      'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
    ),
    'groups as text': accept('/apis', 'text/html'),
    'a group that is not there': get('/apis/nothing.example'),
    'a version that is not there': get('/apis/GROUP/v2'),
  },
};

const none = (): unknown => '';
const first = (request: LiveRequest): LiveRequest => ({ ...request, only: none });

const openapi: LiveScenario = {
  name: 'OpenAPI',
  steps: {
    'the group, without a hash': first(get('/openapi/v3/apis/GROUP/v1beta1')),
    'the group, with a wrong hash': first(get('/openapi/v3/apis/GROUP/v1beta1', { hash: 'ABC' })),
    'the group as protobuf': first(
      accept('/openapi/v3/apis/GROUP/v1beta1', 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf'),
    ),
    'the group as protobuf, the former name': first(
      accept('/openapi/v3/apis/GROUP/v1beta1', 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'),
    ),
    'the group as YAML': first(accept('/openapi/v3/apis/GROUP/v1beta1', 'application/yaml')),
    'the group as text': first(accept('/openapi/v3/apis/GROUP/v1beta1', 'text/html')),
    'the group by HEAD': ask('HEAD', '/openapi/v3/apis/GROUP/v1beta1'),
    'the group by POST': ask('POST', '/openapi/v3/apis/GROUP/v1beta1', {}),
    'a version that is not there': get('/openapi/v3/apis/GROUP/v9'),
    'a group that is not there': get('/openapi/v3/apis/nothing.example/v1'),
    all: {
      ...get('/openapi/v3'),
      only: (body) => Object.keys((body as { paths?: object }).paths ?? {}).filter((path) => path.includes('GROUP')),
    },
    'not changed': first(get('/openapi/v3/apis/GROUP/v1beta1', {}, { headers: { 'if-none-match': '"x"' } })),
    'a slash at its end': first(get('/openapi/v3/')),
  },
};

export const documentScenarios: readonly LiveScenario[] = [discovery, openapi];
