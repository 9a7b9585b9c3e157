/** The ports of clients/contract.ts on a cluster, but for commands in containers and reviews. */
import { setMaxListeners } from 'node:events';
import { clusterLabel } from '../../apis/kubedirector/well-known.ts';
import type {
  APIService,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ResourceQuota,
  Secret,
  ServiceAccount,
  StorageClass,
  ValidatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../apis/kubernetes/types.ts';
import type {
  AdmissionPolicies,
  EventRecorder,
  NamedReader,
  NamespaceReader,
  Lister,
  NativeClient,
  NativeClients,
  PolicyParams,
  QuotaObjects,
  ServerObjects,
  WebhookConfigurations,
} from '../contract.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { ClientContext } from './client-context.ts';
import { createEventReader } from './event-reader.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createInformer, type Informer, type InformerOptions } from './informer.ts';
import { stripNode } from './list-watch.ts';
import { createNamedReader } from './named-reader.ts';
import { createNativeClient, createRepairClient } from './native-client.ts';
import { createObjectClient, type ObjectClient } from './object-client.ts';
import { createPodEvictor } from './pod-evictor.ts';
import { createPodResizer } from './pod-resizer.ts';
import { createPolicyParams } from './policy-params.ts';
import { resources, type ApiResource } from './resources.ts';
import { createSnapshotClient } from './snapshots.ts';
import type { ApiTransport } from './transport.ts';

/** All clients for native objects, with the start and end of their watches. */
export interface KubernetesClients {
  readonly native: NativeClients;
  readonly server: ServerObjects;
  readonly webhooks: WebhookConfigurations;
  readonly policies: AdmissionPolicies;
  readonly quotas: QuotaObjects;
  readonly events: EventRecorder;
  /**
   * Starts the views of `native`, `webhooks`, `policies` and `quotas`, which follow the cluster until the signal aborts; reads, writes and single watches work
   * before. Listeners that are there by then are told of every object there is.
   */
  start(signal: AbortSignal): void;
  /** The resources ("statefulsets") whose view has not yet shown what there is. */
  unsynced(): readonly string[];
  /** Ends every watch, those of single objects too. The transport stays open: it is the caller's. */
  close(): void;
}

/**
 * Does nothing by itself before it is asked to.
 * @param namespaces of the objects of clusters that are followed; absent: all
 */
export function createKubernetesClients(context: ClientContext, namespaces?: readonly string[]): KubernetesClients {
  const { transport, background = transport } = context;
  const closed = new AbortController();
  // Everything that runs listens to it.
  setMaxListeners(0, closed.signal);
  const informers: Pick<Informer<KubeObject>, 'start' | 'resource' | 'isSynced'>[] = [];

  function inform<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
    const informer = createInformer<T>(context, options);
    informers.push(informer);
    return informer;
  }
  function informOfOurs<T extends KubeObject>(resource: ApiResource): Informer<T> {
    return inform({ resource, selection: { labelSelector: clusterLabel }, labels: [clusterLabel], namespaces });
  }
  function ours<T extends KubeObject>(resource: ApiResource): NativeClient<T> {
    return createNativeClient(informOfOurs<T>(resource), createObjectClient<T>(background, resource));
  }
  function named<T extends KubeObject>(resource: ApiResource): NamedReader<T> {
    return createNamedReader<T>(context, resource, createObjectClient(transport, resource), closed.signal);
  }

  // Each port has what its type says, and nothing else: there would be no right to it.
  const claims = createObjectClient<PersistentVolumeClaim>(background, resources.persistentVolumeClaims);
  const serviceAccounts = createObjectClient<ServiceAccount>(transport, resources.serviceAccounts);
  return {
    native: {
      statefulSets: ours(resources.statefulSets),
      services: ours(resources.services),
      pods: podClient(informOfOurs(resources.pods), background),
      persistentVolumeClaims: claimClient(informOfOurs(resources.persistentVolumeClaims), claims),
      snapshots: createSnapshotClient(context, namespaces),
      podDisruptionBudgets: budgetClient(inform, background, namespaces),
      configMaps: named(resources.configMaps),
      secrets: named(resources.secrets),
      serviceAccounts: { read: (target) => serviceAccounts.read(target) },
      claims: { read: (target) => claims.read(target) },
      storageClasses: inform<StorageClass>({ resource: resources.storageClasses }).lister,
      nodes: inform<Node>({ resource: resources.nodes, strip: stripNode }).lister,
      namespaces: namespaceReader(context, inform<Namespace>({ resource: resources.namespaces })),
      eventReader: createEventReader(transport),
    },
    server: serverObjects(transport, named),
    webhooks: {
      mutating: inform<MutatingWebhookConfiguration>({ resource: resources.mutatingWebhookConfigurations }).lister,
      validating: inform<ValidatingWebhookConfiguration>({ resource: resources.validatingWebhookConfigurations })
        .lister,
    },
    quotas: quotaObjects(context, inform({ resource: resources.resourceQuotas, namespaces })),
    policies: admissionPolicies(inform, createPolicyParams(context, closed.signal)),
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

function claimClient(
  informer: Informer<PersistentVolumeClaim>,
  claims: ObjectClient<PersistentVolumeClaim>,
): NativeClients['persistentVolumeClaims'] {
  return {
    ...createRepairClient(informer, claims),
    delete: (target, options) => claims.delete(target, options),
    // Not by apply: what can't change later must not be held by who applies the rest.
    create: (claim) => claims.create(claim),
  };
}

function podClient(informer: Informer<Pod>, transport: Pick<ApiTransport, 'request'>): NativeClients['pods'] {
  return {
    ...createRepairClient(informer, createObjectClient<Pod>(transport, resources.pods)),
    ...createPodEvictor(transport),
    ...createPodResizer(transport),
  };
}

function budgetClient(
  inform: Inform,
  transport: Pick<ApiTransport, 'request'>,
  namespaces: readonly string[] | undefined,
): NativeClients['podDisruptionBudgets'] {
  const resource = resources.podDisruptionBudgets;
  const informer = inform<PodDisruptionBudget>({ resource, labels: [clusterLabel], namespaces });
  return createNativeClient(informer, createObjectClient<PodDisruptionBudget>(transport, resource));
}

type Inform = <T extends KubeObject>(options: InformerOptions<T>) => Informer<T>;

/** Older clusters do not serve all of them. */
function admissionPolicies(inform: Inform, params: PolicyParams): AdmissionPolicies {
  const ofKind = <T extends KubeObject>(resource: ApiResource): Lister<T> =>
    inform<T>({ resource, mayBeMissing: true }).lister;
  return {
    validating: {
      policies: ofKind<ValidatingAdmissionPolicy>(resources.validatingAdmissionPolicies),
      bindings: ofKind<ValidatingAdmissionPolicyBinding>(resources.validatingAdmissionPolicyBindings),
    },
    mutating: {
      policies: ofKind<MutatingAdmissionPolicy>(resources.mutatingAdmissionPolicies),
      bindings: ofKind<MutatingAdmissionPolicyBinding>(resources.mutatingAdmissionPolicyBindings),
    },
    params,
  };
}

type Named = <T extends KubeObject>(resource: ApiResource) => NamedReader<T>;

function serverObjects(transport: ApiTransport, named: Named): ServerObjects {
  const secrets = createObjectClient<Secret>(transport, resources.secrets);
  const apiServices = createObjectClient<APIService>(transport, resources.apiServices);
  return {
    secrets: {
      ...named<Secret>(resources.secrets),
      create: (secret) => secrets.create(secret),
      update: (secret) => secrets.update(secret),
    },
    apiServices: {
      ...named<APIService>(resources.apiServices),
      patch: (target, mergePatch) => apiServices.patch(target, mergePatch),
    },
  };
}

function quotaObjects({ transport }: ClientContext, { lister }: Informer<ResourceQuota>): QuotaObjects {
  const client = createObjectClient<ResourceQuota>(transport, resources.resourceQuotas);
  return {
    ...lister,
    read: (target) => client.read(target),
    updateStatus: (quota) => client.update(quota, 'status'),
  };
}

function namespaceReader({ transport }: ClientContext, { lister }: Informer<Namespace>): NamespaceReader {
  const client = createObjectClient<Namespace>(transport, resources.namespaces);
  return { ...lister, read: (target) => client.read(target) };
}
