/** The ports of clients/contract.ts on the playground's registries. */
import { clusterLabel } from '../apis/kubedirector/well-known.ts';
import type { NativeClient, NativeClients } from '../clients/contract.ts';
import { createInProcessClient, type InProcessClient } from '../apiserver/client/index.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import { isJsonObject } from '../meta/json.ts';
import type { KubeObject, Stored } from '../meta/object.ts';
import type { UserInfo } from '../meta/user.ts';
import type { NativeRegistries } from './simulation/world.ts';

interface NativeClientsOptions {
  readonly native: NativeRegistries;
  /** On whose behalf everything is done. */
  readonly user: UserInfo;
  /** A new id for each call. */
  readonly requestId: () => string;
}

interface StartedNativeClients extends NativeClients {
  /** Once the caches are filled; listeners that are there by then are told of every object there is. */
  start(signal: AbortSignal): void;
}

/** Shows only what carries the label: writing and reading by name are not narrowed. */
function labelled<T extends KubeObject>(client: InProcessClient<T>, label: string): NativeClient<T> {
  const carries = (object: Stored<T> | undefined): object is Stored<T> =>
    object?.metadata.labels?.[label] !== undefined;
  return {
    ...client,
    apply({ metadata: { namespace = '', name, uid } }, _desired, drift) {
      const metadata = 'metadata' in drift && isJsonObject(drift.metadata) ? drift.metadata : {};
      return client.patch({ namespace, name }, { ...drift, metadata: { ...metadata, uid } });
    },
    get(namespace, name) {
      const found = client.get(namespace, name);
      return carries(found) ? found : undefined;
    },
    list: (namespace) => client.list(namespace).filter(carries),
    byLabel: (name, value, namespace) => client.byLabel(name, value, namespace).filter(carries),
    onChange: (listener) =>
      client.onChange(({ object, old }) => {
        const [now, before] = [carries(object) ? object : undefined, carries(old) ? old : undefined];
        if (now || before) listener({ ...(now ? { object: now } : {}), ...(before ? { old: before } : {}) });
      }),
  };
}

export function createNativeClients({ native, user, requestId }: NativeClientsOptions): StartedNativeClients {
  const all: { start(signal: AbortSignal): void }[] = [];
  function client<T extends KubeObject>(
    registry: ResourceRegistry<T>,
    labels: readonly string[] = [],
  ): InProcessClient<T> {
    const made = createInProcessClient(registry, { user, requestId, labels });
    all.push(made);
    return made;
  }
  const ours = <T extends KubeObject>(registry: ResourceRegistry<T>): NativeClient<T> =>
    labelled(client(registry, [clusterLabel]), clusterLabel);
  return {
    statefulSets: ours(native.statefulSets),
    services: ours(native.services),
    pods: ours(native.pods),
    persistentVolumeClaims: ours(native.claims),
    configMaps: client(native.configMaps),
    secrets: client(native.secrets),
    serviceAccounts: client(native.serviceAccounts),
    claims: client(native.claims),
    storageClasses: client(native.storageClasses),
    nodes: client(native.nodes),
    namespaces: client(native.namespaces),
    start(signal) {
      for (const one of all) one.start(signal);
    },
  };
}
