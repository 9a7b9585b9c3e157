/** The cluster's authentication configuration, followed as it changes. */
import type { NamedReader } from '../clients/contract.ts';
import type { KubeObject } from '../meta/object.ts';
import { isReason } from '../meta/status.ts';
import type { Logger } from '../runtime/logger.ts';
import { parseAuthenticationConfig, type AuthenticationConfig } from './authentication-config.ts';

/** The parts of a core/v1 ConfigMap that are read here. */
export interface ConfigData extends KubeObject {
  data?: Record<string, string>;
}

/** The newest usable authentication configuration, and notice of its changes. */
export interface DelegatedConfig {
  /** The newest valid configuration; undefined until there was one. */
  current(): AuthenticationConfig | undefined;
  /** Whether there was a valid one. Before that, no certificate can be checked. */
  loaded(): boolean;
  /** Calls back after each change. Returns the unsubscribe function. */
  onChange(listener: (config: AuthenticationConfig) => void): () => void;
  /** Follows the ConfigMap until the signal aborts; resolves when a first attempt to read it is over. */
  start(signal: AbortSignal): Promise<void>;
}

const target = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const readerRole = 'extension-apiserver-authentication-reader';

/**
 * What can't be used is logged, and the last good one stays; so does it when the ConfigMap goes, which kube-apiserver
 * at times removes to make it anew. A key that a ConfigMap lacks is a kind of certificates that it does not trust.
 */
export function createDelegatedConfig(reader: NamedReader<ConfigData>, logger: Logger): DelegatedConfig {
  return new FollowedConfig(reader, logger.child({ configMap: `${target.namespace}/${target.name}` }));
}

class FollowedConfig implements DelegatedConfig {
  readonly #reader: NamedReader<ConfigData>;
  readonly #logger: Logger;
  readonly #listeners = new Set<(config: AuthenticationConfig) => void>();
  #current: AuthenticationConfig | undefined;
  #heard = false;

  constructor(reader: NamedReader<ConfigData>, logger: Logger) {
    this.#reader = reader;
    this.#logger = logger;
  }

  current(): AuthenticationConfig | undefined {
    return this.#current;
  }

  loaded(): boolean {
    return this.#current !== undefined;
  }

  onChange(listener: (config: AuthenticationConfig) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async start(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const stop = this.#reader.watchOne(target, (object) => {
      this.#heard = true;
      this.#take(object);
    });
    signal.addEventListener('abort', stop, { once: true });
    try {
      const object = await this.#reader.read(target);
      // What the watch has reported since is newer.
      if (!this.#heard) this.#take(object);
    } catch (error) {
      const hint = isReason(error, 'Forbidden') ? { hint: `bind role ${readerRole} of kube-system` } : {};
      this.#logger.error({ error, ...hint }, 'the authentication configuration cannot be read yet');
    }
  }

  #take(object: ConfigData | undefined): void {
    if (object === undefined) {
      this.#logger.warn({}, 'there is no authentication configuration; what was known of it stays');
      return;
    }
    let next: AuthenticationConfig;
    try {
      next = parseAuthenticationConfig(object.data ?? {});
    } catch (error) {
      this.#logger.error({ error }, 'the authentication configuration is of no use; what was known of it stays');
      return;
    }
    // Without this, listeners would check the certificate of each connection again although nothing changed.
    if (JSON.stringify(next) === JSON.stringify(this.#current)) return;
    this.#current = next;
    this.#logger.info({ resourceVersion: object.metadata.resourceVersion }, 'authentication configuration loaded');
    for (const listener of this.#listeners) listener(next);
  }
}
