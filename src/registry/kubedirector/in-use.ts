/**
 * An app, or the configuration, that was deleted while clusters use it has a finalizer that keeps it. The finalizer is
 * removed when the last of these clusters is gone. It is stored, so a restart of the server forgets nothing. See
 * docs/adr/0020-apps-in-use.md.
 */
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { KubeDirectorApp, KubeDirectorCluster, KubeDirectorConfig } from '../../apis/kubedirector/types.ts';
import { inUseFinalizer } from '../../apis/kubedirector/well-known.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext, Fence } from '../../apiserver/resource.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { EventRecorder, NativeClients } from '../../clients/contract.ts';
import { anyClusters, listed, usersOfApp } from './app-usage.ts';
import { follow } from './follow.ts';
import { HeldObjects } from './held-objects.ts';
import { createUseEvents, type UseEvents } from './use-events.ts';

/** How the objects that clusters use are written. */
export interface Holders {
  readonly apps: ResourceRegistry<KubeDirectorApp>;
  readonly configs: ResourceRegistry<KubeDirectorConfig>;
  /** On whose behalf. */
  readonly user: UserInfo;
  readonly requestId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tell at the object which clusters keep it. */
  readonly events: EventRecorder;
}

interface InUseDependencies {
  readonly lookup: Lookup;
  readonly clusters: ResourceCache<KubeDirectorCluster>;
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
  /** Undefined before the start. */
  #held: { readonly apps: HeldObjects<KubeDirectorApp>; readonly configs: HeldObjects<KubeDirectorConfig> } | undefined;
  #signal: AbortSignal = AbortSignal.abort();
  #fence: Fence | undefined;
  /** Looks one after the other, the last one after the last change. */
  #looking = Promise.resolve();
  #isDue = false;
  #events: UseEvents | undefined;
  /** Whether there is more to say, which waits. */
  #isTelling = false;

  constructor(dependencies: InUseDependencies) {
    this.#dependencies = dependencies;
  }

  /** Once the caches are filled: looks now, and whenever it may have become time to let go. Again after the signal has aborted. */
  start(signal: AbortSignal, fence?: Fence): void {
    const { clusters, holders, native } = this.#dependencies;
    if (holders === undefined) return;
    this.#signal = signal;
    this.#fence = fence;
    this.#events = createUseEvents(holders());
    const look = (): void => this.look();
    const { apps, configs } = holders();
    this.#held = {
      apps: new HeldObjects(apps.cache, signal, look),
      configs: new HeldObjects(configs.cache, signal, look),
    };
    follow(clusters, signal, { changed: ({ type }) => type !== 'ADDED' && look(), missed: look });
    const stop = native().namespaces.onChange(({ object }) => {
      if (object?.metadata.deletionTimestamp !== undefined) look();
    });
    signal.addEventListener('abort', stop, { once: true });
    look();
  }

  /** Soon, and once for all who ask for it in the meantime. */
  look(): void {
    const { holders } = this.#dependencies;
    const held = this.#held;
    if (holders === undefined || held === undefined || this.#isDue || this.#signal.aborted) return;
    if (held.apps.isEmpty && held.configs.isEmpty) return;
    this.#isDue = true;
    this.#looking = this.#looking.then(async () => {
      this.#isDue = false;
      await this.#letGo(holders(), held.apps.objects(), held.configs.objects());
    });
  }

  async #letGo(
    holders: Holders,
    heldApps: readonly Stored<KubeDirectorApp>[],
    heldConfigs: readonly Stored<KubeDirectorConfig>[],
  ): Promise<void> {
    const { lookup, isEnding, clusters } = this.#dependencies;
    const { apps, configs, clock, logger } = holders;
    const isGoing = ({ metadata }: KubeObject): boolean => isEnding(metadata.namespace ?? '');
    try {
      for (const app of heldApps) {
        const isHeld = (): boolean => usersOfApp(lookup, app).length > 0 && !isGoing(app);
        if (isHeld()) this.#tell(holders, app, listed(usersOfApp(lookup, app)));
        else await this.#release(holders, apps, app, isHeld);
      }
      for (const config of heldConfigs) {
        const isHeld = (): boolean => lookup.anyCluster() && !isGoing(config);
        if (isHeld()) this.#tell(holders, config, anyClusters(clusters));
        else await this.#release(holders, configs, config, isHeld);
      }
      this.#events?.keep([...heldApps, ...heldConfigs]);
    } catch (error) {
      if (this.#signal.aborted) return;
      logger.warn({ error }, 'an object that no cluster uses any more could not be let go; trying again');
      clock.after(retryAfterMs, () => this.look());
    }
  }

  /** Which clusters keep the object; soon, where something has been said a moment ago. */
  #tell({ clock }: Holders, object: Stored<KubeObject>, users: string): void {
    const waitMs = this.#events?.tell(object, users);
    if (waitMs === undefined || this.#isTelling) return;
    this.#isTelling = true;
    clock.after(waitMs, () => {
      this.#isTelling = false;
      this.look();
    });
  }

  /** @param isHeld asked again at each attempt: the strategies guard it against clusters that are made meanwhile */
  async #release<T extends KubeObject>(
    { user, requestId }: Holders,
    registry: ResourceRegistry<T>,
    { metadata }: Stored<T>,
    isHeld: () => boolean,
  ): Promise<void> {
    const context: CallContext = {
      ...{ user, requestId: requestId(), signal: this.#signal, warn: () => undefined },
      ...(this.#fence === undefined ? {} : { fence: this.#fence }),
    };
    const { namespace = '', name } = metadata;
    try {
      const target = { namespace, name };
      await registry.update(context, target, (current) => released(current as Stored<T>, isHeld()));
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
}

function released<T extends KubeObject>(object: Stored<T>, isHeld: boolean): Stored<T> {
  if (isHeld) return object;
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== inUseFinalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
