/**
 * The namespace controller. A new namespace gets its default ServiceAccount and the ConfigMap with the CA certificate.
 * A deleted namespace is emptied and then removed.
 */
import type { Namespace } from '../../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { NativeRegistries, Simulator, World } from '../simulation/world.ts';

const rootCA = 'kube-root-ca.crt';
const description = 'Contains a CA bundle that can be used to verify the server of this playground.';

/** Makes the simulator of namespaces. @param caCertificate the content of kube-root-ca.crt, PEM */
export function createNamespaceController(world: World, caCertificate: string): Simulator {
  const { native } = world;
  const contents = world.all.filter(({ definition }) => definition.namespaced);
  const worker = new NamespaceWorker(native, contents, caCertificate);
  const loop = createLoop(world, {
    name: 'namespaces',
    workers: 4,
    reconcile: (key, signal) => worker.reconcile(key, signal),
  });
  const namespaceView = createView(
    () => native.namespaces.cache,
    ({ key }) => loop.add(key),
  );
  const furniture: readonly unknown[] = [native.serviceAccounts, native.configMaps];
  const contentViews = contents.map((registry) =>
    createView(
      () => registry.cache,
      ({ key, entry, before }) => {
        const { namespace, name } = splitObjectKey(key);
        // A new object needs nothing. A changed one can perhaps be deleted now.
        if (entry && !before) return;
        const furnished = !entry && furniture.includes(registry) && (name === 'default' || name === rootCA);
        const going = native.namespaces.cache.get('', namespace)?.object.metadata.deletionTimestamp !== undefined;
        if (furnished || going) loop.add(namespace);
      },
    ),
  );
  return { start: (signal) => loop.start(signal, [...contentViews, namespaceView]) };
}

class NamespaceWorker {
  readonly #native: NativeRegistries;
  readonly #contents: readonly ResourceRegistry[];
  readonly #data: Record<string, string>;

  constructor(native: NativeRegistries, contents: readonly ResourceRegistry[], caCertificate: string) {
    this.#native = native;
    this.#contents = contents;
    this.#data = { 'ca.crt': caCertificate };
  }

  async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const namespace = this.#native.namespaces.cache.get('', name)?.object;
    const context = controllerContext('namespace-controller', signal);
    // The namespace was removed by force (finalize). Its contents must be deleted all the same.
    if (!namespace) await this.#empty(name, context);
    else if (namespace.metadata.deletionTimestamp) await this.#terminate(namespace, context);
    else await this.#furnish(name, signal);
  }

  async #furnish(namespace: string, signal: AbortSignal): Promise<void> {
    const { serviceAccounts, configMaps } = this.#native;
    if (!serviceAccounts.cache.get(namespace, 'default')) {
      const context = controllerContext('service-account-controller', signal);
      const metadata = { name: 'default', namespace };
      await createOnce(serviceAccounts, context, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    const data = this.#data;
    const context = controllerContext('root-ca-cert-publisher', signal);
    const map = configMaps.cache.get(namespace, rootCA)?.object;
    if (!map) {
      const metadata = { name: rootCA, namespace, annotations: { 'kubernetes.io/description': description } };
      await createOnce(configMaps, context, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    } else if (map.data?.['ca.crt'] !== data['ca.crt']) {
      await configMaps.update(context, { namespace, name: rootCA }, (now) => ({ ...(now ?? map), data }));
    }
  }

  /** Runs again whenever an object in the namespace is removed: some wait for a grace period or for finalizers. */
  async #terminate(namespace: Stored<Namespace>, context: CallContext): Promise<void> {
    const { namespaces } = this.#native;
    const { name, uid } = namespace.metadata;
    const target = { namespace: '', name };
    if (namespace.status?.phase !== 'Terminating') {
      const status = { phase: 'Terminating' };
      await namespaces.update(context, target, (now) => ({ ...(now ?? namespace), status }), { subresource: 'status' });
    }
    if (!(await this.#empty(name, context))) return;
    if (namespace.spec?.finalizers?.length) {
      const preconditions = { uid };
      await namespaces.update(context, target, (now) => ({ ...(now ?? namespace), spec: {} }), { preconditions });
    }
    await namespaces.delete(context, target, { gracePeriodSeconds: 0, preconditions: { uid } });
  }

  /**
   * Deletes everything in the namespace.
   * @returns true if it is empty
   * @throws the first error, after all other deletions were requested. The queue then tries again with growing delays
   */
  async #empty(namespace: string, context: CallContext): Promise<boolean> {
    let left = 0;
    const refusals: unknown[] = [];
    for (const registry of this.#contents) {
      const { objects } = registry.cache.list({ namespace });
      const alive = objects.filter(({ object }) => !object.metadata.deletionTimestamp);
      const targets = alive.map(({ object }) => ({ namespace, name: object.metadata.name }));
      const outcomes = await Promise.allSettled(targets.map((target) => deleteOne(registry, context, target)));
      for (const outcome of outcomes) if (outcome.status === 'rejected') refusals.push(outcome.reason);
      left += registry.cache.list({ namespace }).objects.length;
    }
    if (refusals.length > 0) throw refusals[0];
    return left === 0;
  }
}

async function createOnce<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  context: CallContext,
  object: T,
): Promise<void> {
  try {
    await registry.create(context, object.metadata.namespace ?? '', object);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}

async function deleteOne(registry: ResourceRegistry, context: CallContext, target: NamespacedName): Promise<void> {
  try {
    await registry.delete(context, target, { propagationPolicy: 'Background' });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
