/**
 * After a change of the masterEncryptionKey: has every value that a former key encrypted encrypted anew, cluster by cluster, and
 * forgets the former keys then. All that it knows is stored, so it may be interrupted anywhere. See docs/adr/0049-rotation.md.
 */
import { withoutFormerKeys } from '../../apis/kubedirector/config-defaulting.ts';
import { settingsOf } from '../../apis/kubedirector/config-settings.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import { isRestoring } from '../../apis/kubedirector/restoring.ts';
import { keyRingOf } from '../../apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster, KubeDirectorConfig } from '../../apis/kubedirector/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext, Fence } from '../../apiserver/resource.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import type { Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { Holders } from './in-use.ts';
import { follow } from './follow.ts';
import { OutdatedClusters } from './outdated-clusters.ts';

interface KeyRotationDependencies {
  readonly lookup: Lookup;
  readonly configs: ResourceCache<KubeDirectorConfig>;
  readonly clusters: () => ResourceRegistry<KubeDirectorCluster>;
  /** Absent: nothing is done. */
  readonly holders?: () => Holders;
}

/** Without a version, so that a lost race is tried again. */
function unchanged(current: Stored<KubeDirectorCluster> | undefined): KubeDirectorCluster {
  if (current === undefined) throw new Error('there is no cluster to update');
  const metadata: KubeDirectorCluster['metadata'] = { ...current.metadata };
  delete metadata.resourceVersion;
  return { ...current, metadata };
}

/** Milliseconds before another try where one has failed. */
const retryAfterMs = 5_000;

/** Encrypts anew what former keys have encrypted. */
export class KeyRotation {
  readonly #dependencies: KeyRotationDependencies;
  readonly #known = new OutdatedClusters();
  #signal: AbortSignal = AbortSignal.abort();
  #fence: Fence | undefined;
  #looking = Promise.resolve();
  #isDue = false;
  /** Something has failed a moment ago. */
  #isWaiting = false;

  constructor(dependencies: KeyRotationDependencies) {
    this.#dependencies = dependencies;
  }

  /** Once the caches are filled: looks now, and whenever there may be something to do. Again after the signal has aborted. */
  start(signal: AbortSignal, fence?: Fence): void {
    const { configs, clusters, holders } = this.#dependencies;
    if (holders === undefined) return;
    this.#signal = signal;
    this.#fence = fence;
    const look = (): void => this.#look(holders());
    follow(configs, signal, { changed: look, missed: look });
    // One that is restored, or that could not be written, becomes ready for it by a change of its own.
    follow(clusters().cache, signal, { changed: look, missed: look });
    look();
  }

  /** Free where no key has changed. */
  #look(holders: Holders): void {
    if (this.#isDue || this.#isWaiting || this.#signal.aborted || this.#former().length === 0) return;
    this.#isDue = true;
    this.#looking = this.#looking.then(async () => {
      this.#isDue = false;
      try {
        await this.#rotate(holders);
      } catch (error) {
        if (this.#signal.aborted) return;
        holders.logger.warn({ error }, 'values of clusters could not all be encrypted with the new key; trying again');
        this.#isWaiting = true;
        holders.clock.after(retryAfterMs, () => {
          this.#isWaiting = false;
          this.#look(holders);
        });
      }
    });
  }

  #former(): readonly string[] {
    return this.#dependencies.lookup.config()?.status?.formerEncryptionKeys ?? [];
  }

  #outdated(): readonly Stored<KubeDirectorCluster>[] {
    const ring = keyRingOf(settingsOf(this.#dependencies.lookup.config()));
    const { objects } = this.#dependencies.clusters().cache.list({});
    return this.#known.among(objects, ring).map(({ object }) => object);
  }

  async #rotate(holders: Holders): Promise<void> {
    const { clusters, lookup } = this.#dependencies;
    const config = lookup.config();
    const done = this.#former();
    if (config === undefined || done.length === 0) return;
    const failures: unknown[] = [];
    for (const { metadata } of this.#outdated().filter((cluster) => !isRestoring(cluster))) {
      this.#signal.throwIfAborted();
      const target = { namespace: metadata.namespace ?? '', name: metadata.name };
      try {
        // The strategy of clusters does it with any write: see prepareForUpdate.
        await clusters().update(this.#context(holders), target, unchanged);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!isReason(error, 'NotFound')) failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    // By the cache, which a write has reached before it returns; no value comes with a former key, see guardOfSecretKeys.
    if (this.#outdated().length > 0) return;
    const { namespace = '', name = '' } = config.metadata;
    const written = await holders.configs.update(
      this.#context(holders),
      { namespace, name },
      (current) => withoutFormerKeys(current as Stored<KubeDirectorConfig>, done),
      { subresource: 'status' },
    );
    this.#known.forget();
    // The key may have changed again meanwhile.
    if (written.object.status?.formerEncryptionKeys !== undefined) return;
    const message =
      'all values of clusters are encrypted with the present masterEncryptionKey; the former one is forgotten';
    holders.events.record(config as Stored<KubeDirectorConfig>, 'Normal', 'KeyRotated', message);
    holders.logger.info({}, message);
  }

  #context({ user, requestId }: Holders): CallContext {
    return {
      ...{ user, requestId: requestId(), signal: this.#signal, warn: () => undefined },
      ...(this.#fence === undefined ? {} : { fence: this.#fence }),
    };
  }
}
