/** What the page of one cluster knows: the cluster, its endpoints and events, the user's rights, the log. */
import type { KubeDirectorApp, KubeDirectorCluster, KubeDirectorEndpoint } from '../apis/kubedirector/types.ts';
import type { KubeObject } from '../meta/object.ts';
import { ApiError } from '../live/api.ts';
import { LiveList } from '../live/live-list.ts';
import type { Api } from './api.ts';
import { noRights, readRights, type Rights } from './rights.ts';
import { collection } from './route.ts';
import { plainLines } from '../view/plain-text.ts';

/** An event about the cluster. Source: core/v1 Event */
export type ClusterEvent = KubeObject & {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
};

/** The most lines of a log that stay on the page. */
const keptLines = 2_000;
const clusterLabel = 'kubedirector.hpe.com/kdcluster';

/** Follows one cluster until stopped. */
export class Detail {
  readonly namespace: string;
  readonly name: string;
  readonly cluster: LiveList<KubeDirectorCluster>;
  readonly endpoints: LiveList<KubeDirectorEndpoint>;
  readonly events: LiveList<ClusterEvent>;
  rights: Rights = noRights;
  apps: readonly string[] = [];
  log: { readonly lines: string[]; readonly problem: string; readonly open: boolean } | undefined;
  readonly #api: Api;
  readonly #changed: () => void;
  #logging: AbortController | undefined;

  constructor(api: Api, at: { readonly namespace: string; readonly name: string }, changed: () => void) {
    const { namespace, name } = at;
    const options = { api, changed };
    this.#api = api;
    this.#changed = changed;
    this.namespace = namespace;
    this.name = name;
    this.cluster = new LiveList({
      ...options,
      path: collection('kubedirectorclusters', namespace),
      selectors: { fieldSelector: `metadata.name=${name}` },
      keep: (object) => object as KubeDirectorCluster,
    });
    this.endpoints = new LiveList({
      ...options,
      path: collection('kubedirectorendpoints', namespace),
      selectors: { labelSelector: `${clusterLabel}=${name}` },
      keep: (object) => object as KubeDirectorEndpoint,
    });
    this.events = new LiveList({
      ...options,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      selectors: { fieldSelector: `involvedObject.kind=KubeDirectorCluster,involvedObject.name=${name}` },
      keep: (object): ClusterEvent => object,
    });
  }

  start(): void {
    for (const list of [this.cluster, this.endpoints, this.events]) void list.start();
    void this.#readRights();
    void this.#readApps();
  }

  stop(): void {
    for (const list of [this.cluster, this.endpoints, this.events]) list.stop();
    this.#logging?.abort();
  }

  /** Undefined until it is known, and where there is none. */
  get object(): KubeDirectorCluster | undefined {
    return this.cluster.items.get(`${this.namespace}/${this.name}`);
  }

  /** Follows the log, or stops. */
  toggleLog(): void {
    this.#logging?.abort();
    this.#logging = undefined;
    if (this.log?.open === true) this.log = { ...this.log, open: false };
    else void this.#follow();
    this.#changed();
  }

  async #follow(): Promise<void> {
    const lines: string[] = [];
    const logging = new AbortController();
    this.#logging = logging;
    this.log = { lines, problem: '', open: true };
    const path = `${collection('kubedirectorclusters', this.namespace)}/${encodeURIComponent(this.name)}/log`;
    let problem = 'The log has ended.';
    try {
      for await (const line of this.#api.lines(`${path}?follow=true&tail=200`, logging.signal)) {
        lines.push(plainLines(line));
        if (lines.length > keptLines) lines.splice(0, lines.length - keptLines);
        this.#changed();
      }
    } catch (error) {
      problem = error instanceof ApiError ? error.message : 'The connection was lost.';
    }
    if (logging.signal.aborted) return;
    this.log = { lines, problem, open: false };
    this.#changed();
  }

  async #readRights(): Promise<void> {
    this.rights = await readRights(this.#api, this.namespace);
    this.#changed();
  }

  async #readApps(): Promise<void> {
    try {
      const { items } = await this.#api.json<{ items: KubeDirectorApp[] }>(
        collection('kubedirectorapps', this.namespace),
      );
      this.apps = items.map(({ metadata }) => metadata.name ?? '').sort();
      this.#changed();
    } catch {
      this.apps = []; // an upgrade can't be offered without
    }
  }
}
