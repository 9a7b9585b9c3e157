/** The port of defaulting and validation, on the group's caches and the native clients. */
import { parseFieldSelector } from '../../meta/fields.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import {
  group,
  version,
  type KubeDirectorApp,
  type KubeDirectorBackup,
  type KubeDirectorCluster,
  type KubeDirectorConfig,
} from '../../apis/kubedirector/types.ts';
import { globalConfigName } from '../../apis/kubedirector/well-known.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { AccessReviewer, NativeClients } from '../../clients/contract.ts';
import { serviceUnavailable } from '../../meta/status.ts';
import type { UrlProblem } from './url-probe.ts';

interface LookupDependencies {
  readonly systemNamespace: string;
  readonly apps: ResourceCache<KubeDirectorApp>;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
  readonly configs: ResourceCache<KubeDirectorConfig>;
  readonly backups: ResourceCache<KubeDirectorBackup>;
  /** Asked for at each use: where this server serves the native objects too, they come after this. */
  readonly native: () => NativeClients;
  readonly urlProblem: UrlProblem;
  /** Absent: nobody may read what clusters refer to. */
  readonly access?: AccessReviewer;
}

/** Fields by which a cluster uses an app; prevApp is the same as status.app. */
export const fieldsOfApps = ['spec.app', 'status.app', 'status.upgradeInfo.nextApp'];

/** Answers from caches. */
export function createLookup(dependencies: LookupDependencies): Lookup {
  const { systemNamespace, apps, clusters, configs, backups, native, urlProblem, access } = dependencies;
  return {
    systemNamespace,
    app: ({ namespace, name }) => apps.get(namespace, name)?.object,
    config: () => configs.get(systemNamespace, globalConfigName)?.object,
    backup: ({ namespace, name }) => backups.get(namespace, name)?.object,
    clustersOfApp(name) {
      const named = fieldsOfApps.flatMap(
        (field) => clusters.list({ fields: parseFieldSelector(`${field}=${name}`) }).objects,
      );
      return [...new Map(named.map(({ key, object }) => [key, object])).values()];
    },
    anyCluster: () => clusters.list({ limit: 1 }).objects.length > 0,
    storageClasses() {
      const { storageClasses } = native();
      // Taken for none, every class that a cluster names would be refused.
      if (!storageClasses.synced()) throw serviceUnavailable('the StorageClasses are not known yet; try again');
      return storageClasses.list();
    },
    hasSecret: async (target) => (await native().secrets.read(target)) !== undefined,
    hasServiceAccount: async (target) => (await native().serviceAccounts.read(target)) !== undefined,
    claim: (target) => native().claims.read(target),
    reviewsRights: access !== undefined,
    async mayDo(user, { verb, resource }, target, signal) {
      const [plural = '', subresource = ''] = resource.split('/');
      const owner = plural.startsWith('kubedirector') ? { group, version } : { group: '', version: 'v1' };
      const asked = { ...owner, resource: plural, subresource, ...target };
      return (await access?.review({ user, verb, resource: asked }, signal))?.allowed ?? false;
    },
    urlProblem,
  };
}
