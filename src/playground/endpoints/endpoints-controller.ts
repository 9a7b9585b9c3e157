/** Endpoints, EndpointSlices, and the addresses of load balancers. */
import type { Endpoints, Pod, Service } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject, NamespacedName, ObjectMeta, Stored } from '../../meta/object.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { EndpointSlice } from '../kinds.ts';
import { omit } from '../omit.ts';
import { draw } from '../simulation/delays.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { NativeRegistries, Simulator, World } from '../simulation/world.ts';
import { LoadBalancers } from './load-balancers.ts';
import { createSelectorIndex, type SelectorIndex } from './selector-index.ts';
import { sliceOf, subsetsOf } from './subsets.ts';

/** The fields of a pod that endpoints depend on. */
const relevant = ({ status, metadata, spec }: Pod): unknown[] => [
  status?.podIP,
  status?.phase,
  status?.conditions?.find((one) => one.type === 'Ready')?.status,
  metadata.labels,
  metadata.deletionTimestamp,
  spec?.nodeName,
];

/**
 * Keeps the Endpoints and the EndpointSlice of every Service with a selector up to date, and gives load balancers an
 * address. It does the work of three controllers: endpoint, endpointslice and service.
 */
export function createEndpointsController(world: World): Simulator {
  const { services, pods } = world.native;
  const index = createSelectorIndex();
  const balancers = new LoadBalancers(world);
  const worker = new EndpointsWorker(world.native, index);
  const loop = createLoop(world, {
    name: 'endpoints',
    workers: 16,
    async reconcile(key, signal) {
      const { namespace, name } = splitObjectKey(key);
      const service = services.cache.get(namespace, name)?.object;
      // The garbage collector deletes the Endpoints of a deleted Service.
      if (!service || service.metadata.deletionTimestamp) return undefined;
      await worker.reconcile(key, service, controllerContext('endpoint-controller', signal));
      return balancers.reconcile(service, controllerContext('service-controller', signal));
    },
  });
  const soon = (key: string): void => loop.addAfter(key, draw(world.delays.endpoints, world.random));
  const podView = createView(
    () => pods.cache,
    ({ key, object, old }) => {
      if (object && old && deepEqual(relevant(object), relevant(old))) return;
      for (const service of index.updatePod(key, object)) soon(service);
    },
  );
  const serviceView = createView(
    () => services.cache,
    ({ key, object }) => {
      index.updateService(key, object?.spec?.selector);
      soon(key);
    },
  );
  return { start: (signal) => loop.start(signal, [serviceView, podView]) };
}

function ownedBy(service: Stored<Service>): ObjectMeta {
  const { name, namespace, uid, labels } = service.metadata;
  return {
    name,
    ...(namespace ? { namespace } : {}),
    ...(labels ? { labels } : {}),
    ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
  };
}

class EndpointsWorker {
  readonly #native: NativeRegistries;
  readonly #index: SelectorIndex;

  constructor(native: NativeRegistries, index: SelectorIndex) {
    this.#native = native;
    this.#index = index;
  }

  async reconcile(key: string, service: Stored<Service>, context: CallContext): Promise<void> {
    if (!service.spec?.selector || service.spec.type === 'ExternalName') return;
    const members = this.#index.podsOf(key).flatMap((pod) => {
      const { namespace, name } = splitObjectKey(pod);
      return this.#native.pods.cache.get(namespace, name)?.object ?? [];
    });
    await Promise.all([this.#putEndpoints(service, members, context), this.#putSlice(service, members, context)]);
  }

  async #putEndpoints(service: Stored<Service>, members: readonly Stored<Pod>[], context: CallContext): Promise<void> {
    const subsets = subsetsOf(service, members);
    const wanted: Endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: ownedBy(service),
      ...(subsets.length > 0 ? { subsets } : {}),
    };
    await put(this.#native.endpoints, wanted, (now) => deepEqual(now.subsets ?? [], subsets), context);
  }

  async #putSlice(service: Stored<Service>, members: readonly Stored<Pod>[], context: CallContext): Promise<void> {
    const metadata = ownedBy(service);
    const content = sliceOf(service, members);
    const wanted: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...metadata,
        name: `${service.metadata.name.slice(0, 57)}-${service.metadata.uid.slice(0, 5)}`,
        labels: {
          ...metadata.labels,
          'kubernetes.io/service-name': service.metadata.name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
      },
      ...content,
    };
    const same = (now: EndpointSlice): boolean =>
      deepEqual(now.endpoints, content.endpoints) && deepEqual(now.ports, content.ports);
    await put(this.#native.endpointSlices, wanted, same, context);
  }
}

/** Creates the object, or updates it if it differs. */
async function put<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  wanted: T,
  same: (now: T) => boolean,
  context: CallContext,
): Promise<void> {
  const { namespace = '', name = '', labels } = wanted.metadata;
  const target: NamespacedName = { namespace, name };
  const now = registry.cache.get(namespace, name)?.object;
  if (!now) await registry.create(context, namespace, wanted);
  else if (!same(now)) {
    await registry.update(context, target, (current) => {
      const metadata = omit<ObjectMeta, 'resourceVersion'>((current ?? now).metadata, 'resourceVersion');
      return { ...wanted, metadata: { ...metadata, ...(labels ? { labels } : {}) } };
    });
  }
}
