/** The group on a store in memory, with native objects that the test puts down. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { createRegistry } from '../../../src/apiserver/registry/index.ts';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import { createStoreHub, type StoreHub } from '../../../src/apiserver/watchcache/index.ts';
import type { NativeClients } from '../../../src/clients/contract.ts';
import { forecastUpdate } from '../../../src/controller/index.ts';
import { createGroupSchemas } from '../../../src/apis/kubedirector/schemas.ts';
import type {
  ClusterStatus,
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../../../src/apis/kubedirector/types.ts';
import type { StorageClass } from '../../../src/apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import { StatusError } from '../../../src/meta/status.ts';
import {
  createGroup,
  type GroupResourceEntry,
  type KubeDirectorGroup,
} from '../../../src/registry/kubedirector/index.ts';
import type { PodTemplates } from '../../../src/registry/kubedirector/pod-templates.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createTurns, type Turns } from '../../../src/runtime/turns.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { Rights } from '../../support/access.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { shelves, type Shelves } from './natives.ts';

export const systemNamespace = 'kubedirector';
export const namespace = 'default';
/** Compiling them takes longer than most tests. */
export const schemas = createGroupSchemas();

export const context: CallContext = {
  user: { name: 'tester', groups: ['system:masters'] },
  requestId: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
};

/** What a file under test/testdata holds. */
export function documents(file: string): KubeObject[] {
  const path = new URL(`../../testdata/${file}`, import.meta.url);
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as KubeObject);
}

export function storageClass(name: string, isDefault = false): StorageClass {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': String(isDefault) };
  const metadata = { name, annotations, creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata, provisioner: 'example.com/disks' };
}

export class Fixture {
  readonly store: MemoryStore;
  readonly native: Shelves = shelves();
  /** URL to what is wrong with it. */
  readonly urlProblems = new Map<string, string>();
  readonly probed: string[] = [];
  /** "KubeDirectorApp minimal Normal InUse …" */
  readonly events: string[] = [];
  /** Of what is done in the background. */
  readonly clock = createManualClock();
  readonly rights = new Rights();
  readonly group: KubeDirectorGroup;
  readonly apps: ResourceRegistry<KubeDirectorApp>;
  readonly clusters: ResourceRegistry<KubeDirectorCluster>;
  readonly configs: ResourceRegistry<KubeDirectorConfig>;
  readonly backups: ResourceRegistry<KubeDirectorBackup>;
  readonly statusBackups: ResourceRegistry<KubeDirectorStatusBackup>;
  readonly #hub: StoreHub;
  readonly #stop = new AbortController();
  /** With what native objects there are by then. */
  readonly start: () => Promise<void>;

  /**
   * @param namespaces clusters are made in these only; absent: in all
   * @param podTemplates absent: there is no kube-apiserver to ask about pods
   * @param store what others have written, too
   * @param turns for work on many objects
   * @param isControlled whether a controller works on the clusters
   */
  constructor(
    namespaces?: readonly string[],
    podTemplates?: PodTemplates,
    store = new MemoryStore(),
    turns: Turns = createTurns(),
    isControlled = false,
  ) {
    this.store = store;
    const metrics = createMetrics();
    const hub = createStoreHub({ store: this.store, clock: systemClock, logger: silentLogger, metrics, turns });
    this.#hub = hub;
    this.group = createGroup({
      hub,
      metrics,
      systemNamespace,
      native: () => this.native as unknown as NativeClients,
      clusters: () => this.clusters,
      randomBytes,
      now: () => systemClock.now(),
      urlProblem: (url) => {
        this.probed.push(url);
        return Promise.resolve(this.urlProblems.get(url));
      },
      access: this.rights,
      schemas,
      forecast: forecastUpdate,
      isControlled,
      ...(namespaces === undefined ? {} : { namespaces }),
      ...(podTemplates === undefined ? {} : { podTemplates }),
      isEnding: (name) => this.native.namespaces.get('', name)?.metadata.deletionTimestamp !== undefined,
      holders: () => ({
        ...{ apps: this.apps, configs: this.configs, user: { name: 'kubedirector', groups: [] } },
        ...{ requestId: randomUUID, clock: this.clock, logger: silentLogger },
        events: {
          record: ({ kind, metadata }, ...said) => this.events.push([kind, metadata.name, ...said].join(' ')),
        },
      }),
    });
    this.apps = this.#registry(this.group.apps);
    this.clusters = this.#registry(this.group.clusters);
    this.configs = this.#registry(this.group.configs);
    this.backups = this.#registry(this.group.backups);
    this.statusBackups = this.#registry(this.group.statusBackups);
    this.start = async () => {
      await hub.start(this.#stop.signal);
      this.group.lead(this.#stop.signal);
    };
  }

  #registry<T extends KubeObject>({ definition, cache }: GroupResourceEntry<T>): ResourceRegistry<T> {
    return createRegistry({
      definition,
      cache,
      revisionOf: (key) => this.#hub.revisionOf(key),
      store: this.store,
      clock: systemClock,
      random: Math.random,
      uid: randomUUID,
    });
  }

  static async started(
    namespaces?: readonly string[],
    podTemplates?: PodTemplates,
    store?: MemoryStore,
  ): Promise<Fixture> {
    const fixture = new Fixture(namespaces, podTemplates, store);
    fixture.native.storageClasses.put(storageClass('standard', true), storageClass('fast'));
    await fixture.start();
    return fixture;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Creates what is given as YAML would be: no type is taken on trust. */
  async app(object: object, where = namespace): Promise<Stored<KubeDirectorApp>> {
    return (await this.apps.create(context, where, object as KubeDirectorApp)).object;
  }
  async cluster(object: object, where = namespace, user = context.user): Promise<Stored<KubeDirectorCluster>> {
    return (await this.clusters.create({ ...context, user }, where, object as KubeDirectorCluster)).object;
  }
  async config(spec: object): Promise<Stored<KubeDirectorConfig>> {
    const config = {
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorConfig',
      metadata: { name: 'kd-global-config' },
      spec,
    };
    return (await this.configs.create(context, systemNamespace, config as KubeDirectorConfig)).object;
  }

  async changeCluster(
    name: string,
    change: (cluster: KubeDirectorCluster) => void,
    user = context.user,
  ): Promise<Stored<KubeDirectorCluster>> {
    const target = { namespace, name };
    const written = await this.clusters.update({ ...context, user }, target, (current) => {
      const next = structuredClone(current) as KubeDirectorCluster;
      change(next);
      return next;
    });
    return written.object;
  }

  /** As the controller does. */
  async setStatus(name: string, status: ClusterStatus): Promise<void> {
    const target = { namespace, name };
    await this.clusters.update(context, target, (current) => ({ ...(current as KubeDirectorCluster), status }), {
      subresource: 'status',
    });
  }
}

/** The Status that something was refused with. */
export async function refusal(attempt: Promise<unknown>): Promise<StatusError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** "field: message" of each cause, in order. */
export async function causes(attempt: Promise<unknown>): Promise<string[]> {
  const { status } = await refusal(attempt);
  if (status.code !== 422) throw new Error(`refused with ${status.code}: ${status.message}`);
  return (status.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
}
