/** The documents of discovery, in its legacy and its aggregated form. */
import { apiVersionString } from '../../meta/object.ts';
import type { ResourceDefinition } from '../resource.ts';
import { byPreference } from '../versions/index.ts';
import type { ApiGroup, ApiResourceList, GroupVersionForDiscovery } from './contract.ts';
import { discoveredResource, resourceList } from './resources.ts';

/** Options of the discovery documents. */
export interface DiscoveryOptions {
  /** The "host:port" of this server for clients, shown by /api. */
  readonly serverAddress?: string;
}

/** The same definitions always give the same documents. Groups keep the order of the definitions; of their
 * versions, the preferred one comes first. */
interface Discovery {
  /** /api: APIVersions; undefined if no resource of the core group is served. */
  api(): object | undefined;
  /** /apis: APIGroupList. */
  apis(): object;
  /** /api or /apis as APIGroupDiscoveryList. */
  aggregated(root: 'api' | 'apis'): object;
  /** /apis/GROUP; undefined if there is no such group. */
  group(name: string): object | undefined;
  /** /apis/GROUP/VERSION, or /api/VERSION for ''. */
  version(group: string, version: string): ApiResourceList | undefined;
}

/** The documents for these resources. */
export function createDiscovery(definitions: readonly ResourceDefinition[], options: DiscoveryOptions = {}): Discovery {
  const groups = [...new Set(definitions.map(({ group }) => group))];
  const named = groups.filter((group) => group !== '');
  const versionsOf = (group: string): string[] =>
    [...new Set(definitions.filter((one) => one.group === group).map(({ version }) => version))].sort(byPreference);
  const group = (name: string): ApiGroup | undefined => {
    const versions = versionsOf(name).map((version): GroupVersionForDiscovery => {
      return { groupVersion: apiVersionString({ group: name, version }), version };
    });
    const [preferredVersion] = versions;
    return preferredVersion && { name, versions, preferredVersion };
  };
  const serverAddressByClientCIDRs =
    options.serverAddress === undefined ? [] : [{ clientCIDR: '0.0.0.0/0', serverAddress: options.serverAddress }];
  return {
    api() {
      const versions = versionsOf('');
      return versions.length === 0 ? undefined : { kind: 'APIVersions', versions, serverAddressByClientCIDRs };
    },
    apis: () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.flatMap((name) => group(name) ?? []) }),
    aggregated: (root) => ({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: (root === 'apis' ? named : groups.filter((name) => name === '')).map((name) => ({
        metadata: name === '' ? {} : { name },
        versions: versionsOf(name).map((version) => discoveredVersion(definitions, name, version)),
      })),
    }),
    group(name) {
      const found = name === '' ? undefined : group(name);
      return found && { kind: 'APIGroup', apiVersion: 'v1', ...found };
    },
    version: (name, version) =>
      versionsOf(name).includes(version)
        ? resourceList(definitions, apiVersionString({ group: name, version }))
        : undefined,
  };
}

function discoveredVersion(definitions: readonly ResourceDefinition[], group: string, version: string): object {
  const resources = definitions
    .filter((definition) => definition.group === group && definition.version === version)
    .map(discoveredResource);
  return { version, resources, freshness: 'Current' };
}
