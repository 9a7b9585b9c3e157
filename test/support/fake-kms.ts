/** A KMS v2 plugin on a socket, whose keys follow from their ids. */
import { Server, ServerCredentials, status as codes } from '@grpc/grpc-js';
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { kms } from '../../src/storage/encryption/kms/proto.ts';
import type { Decoded, Encodable } from '../../src/storage/protobuf/message.ts';

type Calls = typeof kms;
type Name = keyof Calls;
type Handler<N extends Name> = (request: Decoded<Calls[N]['request']>) => Encodable<Calls[N]['response']>;

const annotation = { key: 'version.encryption.remote.io', value: Buffer.from('1') };

export class FakeKms {
  readonly endpoint: string;
  readonly #path: string;
  #server: Server | undefined;
  keyId = 'key-1';
  healthz = 'ok';
  version = 'v2';
  /** Answers of Encrypt that differ from what Status says. */
  encrypted: Partial<Encodable<Calls['encrypt']['response']>> = {};
  readonly calls = { status: 0, encrypt: 0, decrypt: 0 };

  /** @param path of the socket */
  constructor(path: string) {
    this.#path = path;
    this.endpoint = `unix://${path}`;
  }

  async start(): Promise<void> {
    const server = new Server();
    const handlers: { [N in Name]: Handler<N> } = {
      status: () => ({ version: this.version, healthz: this.healthz, keyId: this.keyId }),
      encrypt: ({ plaintext }) => ({
        ...{ ciphertext: sealed(this.keyId, plaintext), keyId: this.keyId, annotations: [annotation] },
        ...this.encrypted,
      }),
      decrypt: ({ ciphertext, keyId, annotations }) => {
        if (annotations[0]?.key !== annotation.key) throw new Error('the annotations are not those of the key');
        return { plaintext: opened(keyId, ciphertext) };
      },
    };
    for (const name of Object.keys(handlers) as Name[]) this.#serve(server, name, handlers[name]);
    await rm(this.#path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(this.endpoint, ServerCredentials.createInsecure(), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    this.#server = server;
  }

  stop(): void {
    this.#server?.forceShutdown();
  }

  #serve<N extends Name>(server: Server, name: N, handler: Handler<N>): void {
    const { path, request, response } = kms[name];
    const handle = (
      call: { readonly request: Decoded<Calls[N]['request']> },
      answer: (error: object | null, value?: object) => void,
    ): void => {
      this.calls[name]++;
      try {
        answer(null, handler(call.request));
      } catch (error) {
        answer({ code: codes.INTERNAL, details: String(error) });
      }
    };
    server.register(
      path,
      handle,
      (value: object) => response.encode(value),
      (bytes) => request.decode(bytes) as Decoded<Calls[N]['request']>,
      'unary',
    );
  }
}

const keyOf = (id: string): Buffer => createHash('sha256').update(id).digest();
const nonce = Buffer.alloc(12);

function sealed(id: string, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function opened(id: string, ciphertext: Buffer): Buffer {
  const end = ciphertext.length - 16;
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), nonce).setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}
