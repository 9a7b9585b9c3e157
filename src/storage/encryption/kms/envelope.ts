import { randomUUID } from 'node:crypto';
import type { Opened, Transformer } from '../transformer.ts';
import { dataKey } from './data-key.ts';
import { dekSourceProblem, nameOf } from './dek-source.ts';
import type { KmsPlugin } from './plugin.ts';
import { encryptedObject, type EncryptedObject } from './proto.ts';
import type { KmsService } from './service.ts';

type DataKey = Pick<Transformer, 'toStorage' | 'fromStorage'>;

/** Data keys that are kept decrypted: one for each key of the plugin and each start of a server. */
const mostKeys = 1_000;

/** Values with the encrypted name of their data key before them. Source: kmsv2.envelopeTransformer */
export class EnvelopeTransformer implements Transformer {
  readonly prefix: Buffer;
  readonly #service: KmsService;
  readonly #plugin: KmsPlugin;
  /** By name; the oldest first. */
  readonly #keys = new Map<string, DataKey>();

  constructor(name: string, service: KmsService, plugin: KmsPlugin) {
    this.prefix = Buffer.from(`k8s:enc:kms:v2:${name}:`);
    this.#service = service;
    this.#plugin = plugin;
  }

  toStorage(value: Buffer, authenticated: Buffer): Buffer {
    const { key, source } = this.#plugin.writing();
    this.#keep(nameOf(source), key);
    return encryptedObject.encode({ encryptedData: key.toStorage(value, authenticated), ...source });
  }

  fromStorage(stored: Buffer, authenticated: Buffer): Opened | Promise<Opened> {
    const object = encryptedObject.decode(stored);
    const problem = object.encryptedData.length === 0 ? 'encrypted data is empty' : dekSourceProblem(object);
    if (problem !== undefined) throw new Error(problem);
    const known = this.#keys.get(nameOf(object));
    if (known !== undefined) return this.#open(known, object, authenticated);
    return this.#decrypted(object).then((key) => this.#open(key, object, authenticated));
  }

  async #decrypted(object: EncryptedObject): Promise<DataKey> {
    const plaintext = await this.#service.decrypt(object, randomUUID());
    const key = dataKey(object.encryptedDekSourceType, Buffer.from(plaintext));
    this.#keep(nameOf(object), key);
    return key;
  }

  /** The keys know how values are opened at once; only their own decryption takes a call. */
  async #opened(key: DataKey, object: EncryptedObject, authenticated: Buffer): Promise<Opened> {
    return this.#judged(await key.fromStorage(object.encryptedData, authenticated), object);
  }

  #open(key: DataKey, object: EncryptedObject, authenticated: Buffer): Opened | Promise<Opened> {
    const opened = key.fromStorage(object.encryptedData, authenticated);
    return opened instanceof Promise ? this.#opened(key, object, authenticated) : this.#judged(opened, object);
  }

  #judged({ value }: Opened, { keyId, encryptedDekSourceType: type }: EncryptedObject): Opened {
    const current = this.#plugin.source;
    return { value, isStale: keyId !== current.keyId || type !== current.encryptedDekSourceType };
  }

  #keep(name: string, key: DataKey): void {
    if (this.#keys.has(name)) return;
    this.#keys.set(name, key);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > mostKeys && oldest !== undefined) this.#keys.delete(oldest);
  }
}
