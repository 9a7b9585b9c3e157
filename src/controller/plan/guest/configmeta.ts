/**
 * configmeta.json (domain: section 6): what a setup package reads through configcli. Maps come with sorted keys and
 * struct-like objects in the order packages have always seen them, because configcli prints keys in document order.
 */
import type { ConfigSettings } from '../../../apis/kubedirector/config-settings.ts';
import { servicesOfRole } from '../../../apis/kubedirector/app-lookups.ts';
import { placeOf } from '../../../apis/kubedirector/secret-key-places.ts';
import { keyRingOf, openStoredSecretKey } from '../../../apis/kubedirector/secret-keys.ts';
import type {
  AppService,
  ClusterRole,
  KubeDirectorApp,
  KubeDirectorCluster,
  MemberStatus,
} from '../../../apis/kubedirector/types.ts';
import type { ConfigMap, Secret } from '../../../apis/kubernetes/types.ts';
import { orderedJson } from '../../../meta/json.ts';
import { mebi, parseQuantity } from '../../../meta/quantity.ts';
import { isLeaving } from '../draft.ts';
import { configMapTypeLabel, memberDomain, secretTypeLabel } from '../names.ts';
import type { ConnectedObjects } from '../observed.ts';

interface Reference {
  readonly bdvlibrefkey: readonly string[];
}

/** The part of the document that every member of a cluster shares. */
interface Base {
  readonly version: string;
  readonly services: ReadonlyMap<string, Record<'1', ReadonlyMap<string, Reference>>>;
  readonly nodegroups: Record<'1', unknown>;
  readonly distros: Record<string, Record<'1', Reference>>;
  readonly cluster: unknown;
}

/** What configmeta.json is made from. */
export interface ConfigmetaInput {
  readonly cluster: KubeDirectorCluster;
  readonly app: KubeDirectorApp;
  readonly config: ConfigSettings;
  readonly connected: ConnectedObjects;
}

interface Scope {
  readonly cluster: KubeDirectorCluster;
  readonly app: KubeDirectorApp;
  readonly config: ConfigSettings;
  /** In front of every reference: a reference counts from the whole document's root. */
  readonly prefix: readonly string[];
}

/** Builds the shared part once, then the document of each member asked for. */
export function createConfigmeta(input: ConfigmetaInput): (role: string, member: MemberStatus) => string {
  const { cluster, app, config, connected } = input;
  const base = baseOf({ cluster, app, config, prefix: [] });
  const connections = {
    clusters: sortedMap(
      connected.clusters.map((other) => {
        const { name } = other.cluster.metadata;
        return [name, baseOf({ ...other, config, prefix: ['connections', 'clusters', name] })];
      }),
    ),
    configmaps: byType(connected.configMaps, configMapTypeLabel, plain),
    secrets: byType(connected.secrets, secretTypeLabel, encoded),
  };
  const domain = domainOf({ cluster, config });
  return (role, member) => {
    const name = `${member.pod}.${domain}`;
    const node = {
      role_id: role,
      nodegroup_id: '1',
      id: String(member.nodeID),
      hostname: name,
      fqdn: name,
      domain,
      distro_id: app.spec.distroID,
      depends_on: {},
      ...(member.blockDevicePaths === undefined ? {} : { block_device_paths: member.blockDevicePaths }),
      ...ownToken(app, role, member),
    };
    return orderedJson({ ...base, node, connections });
  };
}

/**
 * The token that the proxy of endpoints shows this member. The authToken of a service is that of the role's last member, as packages
 * have always seen it. Only where the app uses authTokenScheme, so that the document of any other app stays what it was.
 */
function ownToken(app: KubeDirectorApp, role: string, { authToken }: MemberStatus): { auth_token?: string } {
  const isAsked = servicesOfRole(app, role).some(({ endpoint }) => endpoint?.authTokenScheme !== undefined);
  return authToken === undefined || !isAsked ? {} : { auth_token: authToken };
}

function domainOf({ cluster, config }: Pick<Scope, 'cluster' | 'config'>): string {
  const { namespace = '' } = cluster.metadata;
  return memberDomain(cluster.status?.clusterService ?? '', namespace, config.clusterSvcDomainBase);
}

/** A Map, because objects put keys that look like numbers first. */
const sortedMap = <T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, T> =>
  new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Members that exist or are being made, of roles that have any. */
function membersByRole({ cluster }: Scope): ReadonlyMap<string, readonly MemberStatus[]> {
  const roles = cluster.status?.roles ?? [];
  const pairs = roles.map(({ id, members }) => [id, members.filter((member) => !isLeaving(member))] as const);
  return new Map(pairs.filter(([, members]) => members.length > 0));
}

function baseOf(scope: Scope): Base {
  const { cluster, app, prefix } = scope;
  const members = membersByRole(scope);
  const to = (...path: readonly string[]): Reference => ({ bdvlibrefkey: [...prefix, ...path] });
  const roles = cluster.spec.roles.flatMap((role) => {
    const present = members.get(role.id);
    return present === undefined ? [] : [[role.id, roleOf(scope, role, present)] as const];
  });
  return {
    version: String(app.spec.configSchemaVersion),
    services: activeServices(scope, new Set(roles.map(([id]) => id))),
    nodegroups: {
      '1': {
        roles: sortedMap(roles),
        distro_id: app.spec.distroID,
        catalog_entry_version: app.spec.version,
        config_metadata: sortedMap(Object.entries(app.spec.config.configMeta ?? {})),
      },
    },
    distros: { [app.spec.distroID]: { '1': to('nodegroups', '1') } },
    cluster: {
      name: cluster.metadata.name,
      isolated: false,
      id: cluster.metadata.uid,
      config_metadata: { '1': to('nodegroups', '1', 'config_metadata') },
    },
  };
}

function activeServices({ app, prefix }: Scope, present: ReadonlySet<string>): Base['services'] {
  const roleServices = app.spec.config.roleServices.filter(({ roleID }) => present.has(roleID));
  const entries = (app.spec.services ?? []).flatMap(({ id }) => {
    const roles = roleServices.filter(({ serviceIDs }) => serviceIDs.includes(id)).map(({ roleID }) => roleID);
    if (roles.length === 0) return [];
    const references = roles.map(
      (role) => [role, { bdvlibrefkey: [...prefix, 'nodegroups', '1', 'roles', role, 'services', id] }] as const,
    );
    return [[id, { '1': sortedMap(references) }] as const];
  });
  return sortedMap(entries);
}

function roleOf(scope: Scope, role: ClusterRole, members: readonly MemberStatus[]): unknown {
  const domain = domainOf(scope);
  const fqdns = members.map(({ pod }) => `${pod}.${domain}`);
  const secretKeys = secretKeysOf(scope, role);
  const services = servicesOfRole(scope.app, role.id).map(
    (service) => [service.id, serviceOf(scope, role.id, service, members)] as const,
  );
  return {
    services: sortedMap(services),
    node_ids: members.map(({ nodeID }) => String(nodeID)),
    hostnames: fqdns,
    fqdns,
    fqdn_mappings: sortedMap(members.map(({ pod, nodeID }) => [`${pod}.${domain}`, String(nodeID)])),
    flavor: flavorOf(role),
    ...(secretKeys.length === 0 ? {} : { secret_keys: sortedMap(secretKeys) }),
  };
}

/** What is told of the size of a role's members. */
export function flavorOf({ resources }: Pick<ClusterRole, 'resources'>): Readonly<Record<string, string>> {
  const { memory, cpu } = resources.limits;
  return {
    storage: 'n/a',
    name: 'n/a',
    memory: String((parseQuantity(String(memory))?.ceil() ?? 0n) / mebi),
    description: 'n/a',
    cores: String(parseQuantity(String(cpu))?.ceil() ?? 0n),
  };
}

/** One that can't be decrypted (another master key or another place made it) is left out: the package sees it as absent. */
function secretKeysOf({ cluster, config }: Scope, role: ClusterRole): readonly (readonly [string, string])[] {
  const ring = keyRingOf(config);
  return (role.secretKeys ?? []).flatMap(({ name, encryptedValue }) => {
    if (encryptedValue === undefined) return [];
    const opened = openStoredSecretKey(encryptedValue, ring, placeOf(cluster, role.id, name));
    return opened === undefined ? [] : [[name, opened.value] as const];
  });
}

function serviceOf(scope: Scope, role: string, service: AppService, members: readonly MemberStatus[]): unknown {
  const { endpoint, label, id, exported_service: exported = '' } = service;
  const path = [...scope.prefix, 'nodegroups', '1', 'roles', role];
  const domain = domainOf(scope);
  const endpoints =
    endpoint === undefined
      ? null
      : members.map(({ pod }) => `${endpoint.urlScheme ?? ''}://${pod}.${domain}:${endpoint.port}`);
  const tokens = endpoint?.hasAuthToken === true ? members.map(({ authToken }) => authToken ?? '') : [];
  return {
    qualifiers: [],
    name: label?.name ?? '',
    id,
    hostnames: { bdvlibrefkey: [...path, 'hostnames'] },
    global_id: `1_${role}_${id}`,
    fqdns: { bdvlibrefkey: [...path, 'fqdns'] },
    exported_service: exported,
    endpoints,
    authToken: tokens.at(-1) ?? '',
  };
}

type Strings = ReadonlyMap<string, string>;
type Document = Record<'annotations' | 'data' | 'labels', Strings> & Record<'metadata', { readonly name: string }>;

function byType<T extends ConfigMap | Secret>(
  objects: readonly T[],
  label: string,
  show: (object: T) => Document,
): ReadonlyMap<string, readonly Document[]> {
  const types = new Map<string, Document[]>();
  for (const object of objects) {
    const type = object.metadata.labels?.[label];
    if (type !== undefined) types.set(type, [...(types.get(type) ?? []), show(object)]);
  }
  return sortedMap([...types]);
}

const strings = (map: Record<string, string> | undefined): Strings => sortedMap(Object.entries(map ?? {}));

const plain = ({ metadata, data }: ConfigMap): Document => ({
  annotations: strings(metadata.annotations),
  data: strings(data),
  labels: strings(metadata.labels),
  metadata: { name: metadata.name ?? '' },
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Every leaf base64: a Secret's data are so already. */
function encoded({ metadata, data }: Secret): Document {
  const all = (map: Record<string, string> | undefined) =>
    sortedMap(Object.entries(map ?? {}).map(([key, value]) => [key, base64(value)]));
  return {
    annotations: all(metadata.annotations),
    data: strings(data),
    labels: all(metadata.labels),
    metadata: { name: base64(metadata.name ?? '') },
  };
}
