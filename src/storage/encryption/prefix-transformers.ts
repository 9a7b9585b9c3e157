import { StorageUnavailableError, StorageUnreadableError } from '../contract.ts';
import { resourceOf } from './resource.ts';
import { startsWith, writerOf, type Opened, type Transformer } from './transformer.ts';

/** All transformers of a resource: the first one writes, all of them read. Source: value.NewPrefixTransformers */
export class PrefixTransformers {
  readonly #first: Transformer;
  readonly #all: readonly Transformer[];

  /** @param all at least one */
  constructor(all: readonly Transformer[]) {
    const [first] = all;
    if (first === undefined) throw new TypeError('a resource needs a transformer');
    this.#first = first;
    this.#all = all;
  }

  /** @throws StorageUnavailableError while there is no key to write with */
  toStorage(key: string, value: Buffer): Buffer {
    const { prefix } = this.#first;
    const stored = this.#first.toStorage(value, Buffer.from(key));
    return prefix.length === 0 ? stored : Buffer.concat([prefix, stored]);
  }

  /**
   * What was written by any of them. Several may have the same prefix: those that do not fit are passed over.
   * @throws StorageUnreadableError
   * @throws StorageUnavailableError where a plugin that keeps the key does not answer
   */
  fromStorage(key: string, stored: Buffer): Opened | Promise<Opened> {
    return this.#from(0, key, stored, []);
  }

  #from(start: number, key: string, stored: Buffer, failures: readonly unknown[]): Opened | Promise<Opened> {
    const failed = [...failures];
    for (let at = start; at < this.#all.length; at++) {
      const transformer = this.#all[at];
      if (transformer === undefined || !startsWith(stored, transformer.prefix)) continue;
      try {
        const opened = transformer.fromStorage(stored.subarray(transformer.prefix.length), Buffer.from(key));
        if (!(opened instanceof Promise)) return staleUnlessFirst(opened, at);
        return opened.then(
          (one) => staleUnlessFirst(one, at),
          (error: unknown) => this.#from(at + 1, key, stored, [...failed, error]),
        );
      } catch (error) {
        // That identity does not take what is encrypted is no failure.
        if (transformer.prefix.length > 0) failed.push(error);
      }
    }
    throw reasonToFail(key, stored, failed);
  }
}

function staleUnlessFirst(opened: Opened, at: number): Opened {
  return at === 0 || opened.isStale ? opened : { value: opened.value, isStale: true };
}

function reasonToFail(key: string, stored: Buffer, failures: readonly unknown[]): Error {
  const unavailable = failures.find((failure) => failure instanceof StorageUnavailableError);
  if (unavailable !== undefined) return unavailable;
  const resource = resourceOf(key);
  const place = resource === '' ? '' : ` for ${resource}`;
  const writer = writerOf(stored);
  if (writer === undefined) {
    const what = `it is not encrypted, and the encryption configuration does not name the provider identity${place}`;
    return new StorageUnreadableError(key, what);
  }
  const written = `it is encrypted with ${writer.provider}, key "${writer.key}"`;
  if (failures.length === 0) {
    const what = `${written}, which the encryption configuration does not name${place}`;
    return new StorageUnreadableError(key, what);
  }
  const what =
    `${written}, and that key does not fit: the configuration has another secret of that name, or the value was ` +
    'changed, or copied from another key of the store';
  return new StorageUnreadableError(key, what, { cause: failures[0] });
}
