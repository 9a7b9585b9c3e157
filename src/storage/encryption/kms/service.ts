import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { StorageUnavailableError } from '../../contract.ts';
import type { Decoded, Encodable } from '../../protobuf/message.ts';
import { kms, type DekSource } from './proto.ts';

interface ServiceOptions {
  /** For messages. */
  readonly name: string;
  /** unix:///path */
  readonly endpoint: string;
  readonly timeoutMs: number;
}

type Calls = typeof kms;

/** A plugin's calls. All of them throw StorageUnavailableError where it does not answer in time, or refuses. */
export class KmsService {
  readonly #options: ServiceOptions;
  readonly #client: Client;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#client = new Client(options.endpoint, credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
      // A plugin that is started again is found soon.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
    });
  }

  status(): Promise<Decoded<Calls['status']['response']>> {
    return this.#call(kms.status, {});
  }

  encrypt(plaintext: Buffer, uid: string): Promise<Decoded<Calls['encrypt']['response']>> {
    return this.#call(kms.encrypt, { plaintext, uid });
  }

  async decrypt(source: DekSource, uid: string): Promise<Buffer> {
    const { encryptedDekSource: ciphertext, keyId, annotations } = source;
    return (await this.#call(kms.decrypt, { ciphertext, keyId, annotations, uid })).plaintext;
  }

  close(): void {
    this.#client.close();
  }

  #call<C extends Calls[keyof Calls]>(call: C, request: Encodable<C['request']>): Promise<Decoded<C['response']>> {
    const { name, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<Encodable<C['request']>, Decoded<C['response']>>(
        call.path,
        // The table's types follow from C; TypeScript cannot see that in a generic function.
        (value) => call.request.encode(value),
        (bytes) => call.response.decode(bytes) as Decoded<C['response']>,
        request,
        new Metadata({ waitForReady: true }),
        { deadline: Date.now() + timeoutMs },
        (error: ServiceError | null, answer) => {
          if (answer !== undefined) resolve(answer);
          else {
            const reason = error?.details ?? 'it gave nothing';
            const message = `the KMS provider ${name} does not serve ${call.path}: ${reason}`;
            reject(new StorageUnavailableError(message, { cause: error }));
          }
        },
      );
    });
  }
}
