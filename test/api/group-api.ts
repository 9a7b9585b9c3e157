/** The group behind HTTP, on a store in memory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mastersAuthorizer, publicInfoAuthorizer } from '../../src/auth/index.ts';
import { createReadOnlyRegistry } from '../../src/apiserver/registry/index.ts';
import { createApiServer, served, type ApiServer, type ApiServerOptions } from '../../src/apiserver/server.ts';
import { createStoreHub } from '../../src/apiserver/watchcache/index.ts';
import type { NativeClients } from '../../src/clients/contract.ts';
import { forecastUpdate } from '../../src/controller/index.ts';
import { createGroup, trustUrls, type KubeDirectorGroup } from '../../src/registry/kubedirector/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { schemas, storageClass } from '../unit/registry/fixture.ts';
import { shelves } from '../unit/registry/natives.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { Requests } from '../support/requests.ts';

export const root = '/apis/kubedirector.hpe.com/v1beta1';
export const inDefault = `${root}/namespaces/default`;

/** `store` absent: one in memory. */
export type GroupApiOptions = Partial<
  Pick<ApiServerOptions, 'admission' | 'audit' | 'quota' | 'store' | 'limits' | 'front' | 'unsentBytes'>
>;

export class GroupApi {
  readonly native = shelves();
  readonly server: ApiServer;
  readonly #stop = new AbortController();
  readonly #requests = new Requests((request, response) => {
    this.server.app(request, response);
  });
  readonly #start: () => Promise<void>;

  constructor(more: GroupApiOptions = {}) {
    const metrics = createMetrics();
    const store = more.store ?? new MemoryStore();
    const parts = { store, clock: systemClock, logger: silentLogger, metrics };
    const hub = createStoreHub(parts);
    const group: KubeDirectorGroup = createGroup({
      hub,
      metrics,
      systemNamespace: 'kubedirector',
      native: () => this.native as unknown as NativeClients,
      clusters: () => this.server.registry('kubedirector.hpe.com', 'kubedirectorclusters'),
      randomBytes,
      now: () => systemClock.now(),
      urlProblem: trustUrls,
      isEnding: (name) => this.native.namespaces.get('', name)?.metadata.deletionTimestamp !== undefined,
      schemas,
      forecast: forecastUpdate,
    });
    const { roles, endpoints } = group;
    this.server = createApiServer({
      ...parts,
      hub,
      resources: [
        ...[group.apps, group.backups, group.clusters, group.configs, group.statusBackups].map(({ definition }) =>
          served(definition as never),
        ),
        served(roles.definition, createReadOnlyRegistry(roles.definition, roles.cache)),
        served(endpoints.definition, createReadOnlyRegistry(endpoints.definition, endpoints.cache)),
      ],
      authenticators: [{ authenticate: () => ({ name: 'admin', groups: ['system:masters'] }) }],
      authorizer: publicInfoAuthorizer(mastersAuthorizer()),
      openApiSchemas: group.schemas,
      openApiInfo: { title: 'KubeDirector', version: 'test' },
      random: Math.random,
      uid: randomUUID,
      version: { major: '1', minor: '37', gitVersion: 'v1.37.0' },
      ...more,
    });
    this.#start = async () => {
      await hub.start(this.#stop.signal);
      group.lead(this.#stop.signal);
    };
  }

  static async started(more?: GroupApiOptions): Promise<GroupApi> {
    const api = new GroupApi(more);
    api.native.storageClasses.put(storageClass('standard', true));
    await api.#start();
    return api;
  }

  stop(): void {
    this.#stop.abort();
    this.#requests.close();
  }

  get = (path: string) => this.#requests.send('get', path);
  post = (path: string, body: object) => this.#requests.send('post', path).send(body);
  put = (path: string, body: object) => this.#requests.send('put', path).send(body);
  delete = (path: string) => this.#requests.send('delete', path);
  yaml = (path: string, body: string) =>
    this.#requests.send('post', path).set('content-type', 'application/yaml').send(body);
  patch = (path: string, body: object, type: 'merge-patch' | 'strategic-merge-patch' | 'json-patch' = 'merge-patch') =>
    this.#requests.send('patch', path).set('content-type', `application/${type}+json`).send(JSON.stringify(body));
  /** Server-side apply. */
  apply = (path: string, body: object) =>
    this.#requests.send('patch', path).set('content-type', 'application/apply-patch+yaml').send(JSON.stringify(body));
  table = (path: string) =>
    this.#requests.send('get', path).set('accept', 'application/json;as=Table;v=v1;g=meta.k8s.io');
}
