/** core/v1 Services and Endpoints, discovery.k8s.io/v1 EndpointSlices. */
import type { Endpoints, Service } from '../../apis/kubernetes/types.ts';
import { ServiceAllocator } from '../services/allocation.ts';
import { defaultServiceSpec, keepAllocated, settledServiceSpec } from '../services/defaults.ts';
import { serviceErrors, serviceUpdateErrors } from '../services/validation.ts';
import { dns1123LabelErrors } from '../../meta/names.ts';
import type { EndpointSlice } from '../kinds.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import { ageColumn, formatLabels, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const none = '<none>';

function externalIP(service: Service): string {
  const spec = service.spec ?? {};
  const own = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return own.join(',') || none;
  const ingress = (service.status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '');
  return [...new Set(ingress.filter((one) => one !== ''))].sort().concat(own).join(',') || '<pending>';
}

function portsText(service: Service): string {
  const pieces = (service.spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol ?? 'TCP'}` : `${port}/${protocol ?? 'TCP'}`,
  );
  return pieces.join(',') || none;
}

/** Services. Cluster IPs and node ports are allocated when a Service is created or its type changes. */
export function serviceDefinition(deps: DefinitionDeps): ResourceDefinition {
  const allocator = new ServiceAllocator({
    cache: () => deps.lookup.registry<Service>('', 'services').cache,
    now: deps.now,
    random: deps.random,
  });
  const owner = ({ metadata }: Service): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
  return nativeDefinition<Service>(deps, {
    plural: 'services',
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    schema: 'core.v1.Service',
    zeroValue: { spec: {}, status: { loadBalancer: {} } },
    columns: [
      textColumn('Type', 'How the Service is exposed.', ({ spec }) => spec?.type ?? ''),
      textColumn('Cluster-IP', 'The IP address of the service.', ({ spec }) => spec?.clusterIPs?.[0] ?? none),
      textColumn('External-IP', 'Where it can be reached from outside the cluster.', externalIP),
      textColumn('Port(s)', 'The list of ports that are exposed by this service.', portsText),
      ageColumn(),
      textColumn(
        'Selector',
        'Traffic goes to pods with these labels.',
        ({ spec }) => formatLabels(spec?.selector),
        'wide',
      ),
    ],
    selectableFields: {
      'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
      'spec.type': ({ spec }) => spec?.type ?? '',
    },
    defaults: (service) => ({ ...service, spec: defaultServiceSpec(service.spec ?? {}) }),
    strategy: {
      hasGeneration: false,
      validateName: dns1123LabelErrors,
      prepareForCreate: (_context, service) => ({
        ...service,
        spec: allocator.allocate(settledServiceSpec(service.spec ?? {})),
        status: { loadBalancer: {} },
      }),
      prepareForUpdate: (_context, service, old) => ({
        ...service,
        spec: allocator.allocate(keepAllocated(settledServiceSpec(service.spec ?? {}), old.spec ?? {})),
      }),
      validateCreate: (_context, service) => [
        ...serviceErrors(service),
        ...allocator.conflicts(service.spec ?? {}, owner(service)),
      ],
      validateUpdate: (_context, service, old) => [
        ...serviceUpdateErrors(service, old),
        ...allocator.conflicts(service.spec ?? {}, owner(service)),
      ],
    },
    subresources: { status: { type: 'status' } },
  });
}

const shown = 3;
const withMore = (all: readonly string[]): string =>
  all.length > shown ? `${all.slice(0, shown).join(',')} + ${all.length - shown} more...` : all.join(',');

function endpointsText(endpoints: Endpoints): string {
  const subsets = endpoints.subsets ?? [];
  if (subsets.length === 0) return none;
  return withMore(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map(({ ip }) => ip)
        : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`)),
    ),
  );
}

/** Source: SetDefaults_Endpoints in k8s.io/kubernetes/pkg/apis/core/v1/defaults.go */
function withProtocols(endpoints: Endpoints): Endpoints {
  if (endpoints.subsets === undefined) return endpoints;
  const withProtocol = (subset: NonNullable<Endpoints['subsets']>[number]): typeof subset =>
    subset.ports === undefined
      ? subset
      : { ...subset, ports: subset.ports.map((port) => ({ ...port, protocol: port.protocol || 'TCP' })) };
  return { ...endpoints, subsets: endpoints.subsets.map(withProtocol) };
}

/** Endpoints, which the endpoints controller writes for each Service with a selector. */
export function endpointsDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Endpoints>(deps, {
    plural: 'endpoints',
    kind: 'Endpoints',
    shortNames: ['ep'],
    schema: 'core.v1.Endpoints',
    columns: [
      textColumn('Endpoints', 'The set of all endpoints is the union of all subsets.', endpointsText),
      ageColumn(),
    ],
    defaults: withProtocols,
    strategy: { hasGeneration: false },
  });
}

/** Source: SetDefaults_EndpointPort in k8s.io/kubernetes/pkg/apis/discovery/v1/defaults.go */
function withPortDefaults(slice: EndpointSlice): EndpointSlice {
  if (slice.ports === undefined) return slice;
  return {
    ...slice,
    ports: slice.ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })),
  };
}

/** EndpointSlices, which the endpoints controller writes for each Service with a selector. */
export function endpointSliceDefinition(deps: DefinitionDeps): ResourceDefinition {
  const unset = '<unset>';
  return nativeDefinition<EndpointSlice>(deps, {
    group: 'discovery.k8s.io',
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    schema: 'discovery.v1.EndpointSlice',
    zeroValue: { addressType: '', endpoints: null, ports: null },
    defaults: withPortDefaults,
    columns: [
      textColumn('AddressType', 'The type of address carried by this EndpointSlice.', ({ addressType }) => addressType),
      textColumn(
        'Ports',
        'The network ports exposed by each endpoint in this slice.',
        ({ ports }) => withMore((ports ?? []).map((one) => String(one.port ?? one.name ?? '*'))) || unset,
      ),
      textColumn(
        'Endpoints',
        'A list of unique endpoints in this slice.',
        ({ endpoints }) => withMore((endpoints ?? []).flatMap((one) => one.addresses)) || unset,
      ),
      ageColumn(),
    ],
  });
}
