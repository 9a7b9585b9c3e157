/** Which apps clusters are instances of. */
import { otherAppName } from '../apis/kubedirector/app-lookups.ts';
import type { KubeDirectorApp, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { Stored } from '../meta/object.ts';
import type { ControllerOptions } from './clients.ts';

/** Reads caches only. */
export function createAppLookup({ apps, systemNamespace }: Pick<ControllerOptions, 'apps' | 'systemNamespace'>) {
  type Subject = Pick<KubeDirectorCluster, 'metadata' | 'spec' | 'status'>;

  /** A cluster being restored may not say which catalog: its own namespace comes first then, as on creation. */
  function appOf({ metadata, spec }: Subject): Stored<KubeDirectorApp> | undefined {
    const local = spec.appCatalog === 'system' ? undefined : apps.get(metadata.namespace ?? '', spec.app);
    return local ?? (spec.appCatalog === 'local' ? undefined : apps.get(systemNamespace, spec.app));
  }

  return {
    appOf,
    /** The app of members that have not moved in an upgrade, or not gone back. The catalog of a cluster never changes. */
    otherAppOf: ({ metadata, spec, status }: Subject): Stored<KubeDirectorApp> | undefined => {
      const app = otherAppName({ spec, ...(status && { status }) });
      return app === undefined ? undefined : appOf({ metadata, spec: { ...spec, app } });
    },
  };
}
