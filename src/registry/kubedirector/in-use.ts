/**
 * An app, or the configuration, that was deleted while clusters use it has a finalizer that keeps it. The finalizer is
 * removed when the last of these clusters is gone. It is stored, so a restart of the server forgets nothing. See
 * docs/adr/0020-apps-in-use.md.
 */
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { KubeDirectorApp, KubeDirectorCluster, KubeDirectorConfig } from '../../apis/kubedirector/types.ts';
import { inUseFinalizer } from '../../apis/kubedirector/well-known.ts';
import type { CallContext, ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CachedObject, ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { NativeClients } from '../../clients/contract.ts';
import type { Reservations } from './reservations.ts';
import { usersOfApp } from './app-usage.ts';

/** How the objects that clusters use are written. */
export interface Holders {
  readonly apps: ResourceRegistry<KubeDirectorApp>;
  readonly configs: ResourceRegistry<KubeDirectorConfig>;
  /** On whose behalf. */
  readonly user: UserInfo;
  readonly requestId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface InUseDependencies {
  readonly lookup: Lookup;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
  /** Keep new clusters apart from the moment of letting go. */
  readonly reservations: Pick<Reservations, 'change'>;
  readonly native: () => NativeClients;
  /** Whether the namespace itself is being deleted. */
  readonly isEnding: (namespace: string) => boolean;
  /** Absent: nothing is let go. */
  readonly holders?: () => Holders;
}

/** Milliseconds before another try where one has failed. */
const retryAfterMs = 1000;

/** Takes the in-use finalizer from deleted apps and configurations that no cluster uses any more. */
export class InUse {
  readonly #dependencies: InUseDependencies;
  #signal: AbortSignal = AbortSignal.abort();
  /** Looks one after the other, the last one after the last change. */
  #looking = Promise.resolve();
  #isDue = false;

  constructor(dependencies: InUseDependencies) {
    this.#dependencies = dependencies;
  }

  /** Once the caches are filled: looks now, and whenever it may have become time to let go. */
  start(signal: AbortSignal): void {
    const { clusters, holders, native } = this.#dependencies;
    if (holders === undefined) return;
    this.#signal = signal;
    const look = (): void => this.look();
    follow(clusters, signal, ({ type }) => type === 'DELETED', look);
    follow(holders().apps.cache, signal, ({ object }) => isHeld(object.object), look);
    follow(holders().configs.cache, signal, ({ object }) => isHeld(object.object), look);
    const stop = native().namespaces.onChange(({ object }) => {
      if (object?.metadata.deletionTimestamp !== undefined) look();
    });
    signal.addEventListener('abort', stop, { once: true });
    look();
  }

  /** Soon, and once for all who ask for it in the meantime. */
  look(): void {
    const { holders } = this.#dependencies;
    if (this.#isDue || this.#signal.aborted) return;
    this.#isDue = true;
    this.#looking = this.#looking.then(async () => {
      this.#isDue = false;
      if (holders !== undefined) await this.#letGo(holders());
    });
  }

  async #letGo(holders: Holders): Promise<void> {
    const { lookup, isEnding, reservations } = this.#dependencies;
    const { apps, configs, clock, logger } = holders;
    const isFree = ({ metadata }: KubeObject, users: number): boolean =>
      users === 0 || isEnding(metadata.namespace ?? '');
    try {
      for (const app of held(apps.cache)) {
        if (isFree(app, usersOfApp(lookup, app).length)) await this.#release(holders, apps, app);
      }
      for (const config of held(configs.cache)) {
        const finish = await reservations.change(() => true);
        try {
          if (isFree(config, lookup.anyCluster() ? 1 : 0)) await this.#release(holders, configs, config);
        } finally {
          finish();
        }
      }
    } catch (error) {
      if (this.#signal.aborted) return;
      logger.warn({ error }, 'an object that no cluster uses any more could not be let go; trying again');
      clock.after(retryAfterMs, () => this.look());
    }
  }

  async #release<T extends KubeObject>(
    { user, requestId }: Holders,
    registry: ResourceRegistry<T>,
    { metadata }: Stored<T>,
  ): Promise<void> {
    const context: CallContext = { user, requestId: requestId(), signal: this.#signal, warn: () => undefined };
    const { namespace = '', name } = metadata;
    try {
      await registry.update(context, { namespace, name }, (current) => released(current as Stored<T>));
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
}

function held<T extends KubeObject>(cache: ResourceCache<T>): Stored<T>[] {
  return cache
    .list({})
    .objects.map(({ object }) => object)
    .filter(isHeld);
}

const isHeld = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(inUseFinalizer) === true;

function released<T extends KubeObject>(object: Stored<T>): Stored<T> {
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== inUseFinalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** Calls back for changes that matter; a watch that was cut off begins anew, and may have missed one. */
function follow<T extends KubeObject>(
  cache: ResourceCache<T>,
  signal: AbortSignal,
  matters: (change: { readonly type: string; readonly object: CachedObject<T> }) => boolean,
  changed: () => void,
): void {
  const watch = cache.watch({ after: cache.revision() });
  watch.onReady(() => {
    const isDue = watch.take().some(matters);
    const isCut = watch.ended() === 'backlog' && !signal.aborted;
    if (isCut) follow(cache, signal, matters, changed);
    if (isDue || isCut) changed();
  });
  signal.addEventListener('abort', () => watch.close(), { once: true });
}
