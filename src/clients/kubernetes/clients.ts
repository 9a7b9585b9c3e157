/** The ports of clients/contract.ts on a cluster, but for commands in containers and reviews. */
import { setMaxListeners } from 'node:events';
import type {
  APIService,
  MutatingWebhookConfiguration,
  Namespace,
  Node,
  Secret,
  StorageClass,
  ValidatingWebhookConfiguration,
} from '../../apis/kubernetes/types.ts';
import type {
  EventRecorder,
  NamedReader,
  NamespaceReader,
  NativeClient,
  NativeClients,
  ServerObjects,
  WebhookConfigurations,
} from '../contract.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { ClientContext } from './client-context.ts';
import { createEventReader } from './event-reader.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createInformer, type Informer, type InformerOptions } from './informer.ts';
import { stripNode } from './kept.ts';
import { createNamedReader } from './named-reader.ts';
import { createNativeClient } from './native-client.ts';
import { createObjectClient } from './object-client.ts';
import { resources, type ApiResource } from './resources.ts';

const clusterLabel = 'kubedirector.hpe.com/kdcluster';

export interface KubernetesClients {
  readonly native: NativeClients;
  readonly server: ServerObjects;
  readonly webhooks: WebhookConfigurations;
  readonly events: EventRecorder;
  /**
   * Starts the views of `native` and `webhooks`, which follow the cluster until the signal aborts; reads, writes and single watches work
   * before. Listeners that are there by then are told of every object there is.
   */
  start(signal: AbortSignal): void;
  /** The resources ("statefulsets") whose view has not yet shown what there is. */
  unsynced(): readonly string[];
  /** Ends every watch, those of single objects too. The transport stays open: it is the caller's. */
  close(): void;
}

/** Does nothing by itself before it is asked to. */
export function createKubernetesClients(context: ClientContext): KubernetesClients {
  const { transport } = context;
  const closed = new AbortController();
  // Everything that runs listens to it.
  setMaxListeners(0, closed.signal);
  const informers: Pick<Informer<KubeObject>, 'start' | 'resource' | 'isSynced'>[] = [];

  function inform<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
    const informer = createInformer<T>(context, options);
    informers.push(informer);
    return informer;
  }
  function ours<T extends KubeObject>(resource: ApiResource): NativeClient<T> {
    const informer = inform<T>({ resource, selection: { labelSelector: clusterLabel }, labels: [clusterLabel] });
    return createNativeClient(informer, createObjectClient<T>(transport, resource));
  }
  function named<T extends KubeObject>(resource: ApiResource): NamedReader<T> {
    return createNamedReader<T>(context, resource, createObjectClient(transport, resource), closed.signal);
  }

  return {
    native: {
      statefulSets: ours(resources.statefulSets),
      services: ours(resources.services),
      pods: ours(resources.pods),
      persistentVolumeClaims: ours(resources.persistentVolumeClaims),
      configMaps: named(resources.configMaps),
      secrets: named(resources.secrets),
      serviceAccounts: named(resources.serviceAccounts),
      claims: named(resources.persistentVolumeClaims),
      storageClasses: inform<StorageClass>({ resource: resources.storageClasses }).lister,
      nodes: inform<Node>({ resource: resources.nodes, strip: stripNode }).lister,
      namespaces: namespaceReader(context, inform<Namespace>({ resource: resources.namespaces })),
      eventReader: createEventReader(transport),
    },
    server: {
      secrets: { ...named<Secret>(resources.secrets), ...writes<Secret>(context, resources.secrets) },
      apiServices: {
        ...named<APIService>(resources.apiServices),
        ...writes<APIService>(context, resources.apiServices),
      },
    },
    webhooks: {
      mutating: inform<MutatingWebhookConfiguration>({ resource: resources.mutatingWebhookConfigurations }).lister,
      validating: inform<ValidatingWebhookConfiguration>({ resource: resources.validatingWebhookConfigurations })
        .lister,
    },
    events: createEventRecorder({ ...context, signal: closed.signal }),
    start(signal) {
      const running = AbortSignal.any([signal, closed.signal]);
      setMaxListeners(0, running);
      for (const informer of informers) informer.start(running);
    },
    unsynced: () => informers.filter((informer) => !informer.isSynced()).map(({ resource }) => resource.resource),
    close() {
      closed.abort();
    },
  };
}

/** Not its read: that one comes with the watches. */
function writes<T extends KubeObject>({ transport }: ClientContext, resource: ApiResource) {
  const client = createObjectClient<T>(transport, resource);
  return {
    create: (object: T) => client.create(object),
    update: (object: Stored<T>) => client.update(object),
    patch: (target: NamespacedName, mergePatch: object) => client.patch(target, mergePatch),
  };
}

function namespaceReader({ transport }: ClientContext, { lister }: Informer<Namespace>): NamespaceReader {
  const client = createObjectClient<Namespace>(transport, resources.namespaces);
  return { ...lister, read: (target) => client.read(target) };
}
