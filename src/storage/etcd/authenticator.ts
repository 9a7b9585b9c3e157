import { Metadata } from '@grpc/grpc-js';
import { readFile } from 'node:fs/promises';
import { StorageUnavailableError } from '../contract.ts';
import type { Endpoint } from './endpoint.ts';
import { reasonOf } from './errors.ts';
import { etcd } from './proto.ts';

/** Who we are, if etcd's authentication is by user and password. */
export interface EtcdUser {
  readonly name: string;
  /** A file, read anew for each login; a line end after the password does not count. */
  readonly passwordFile: string;
}

const loginTimeoutMs = 5_000;

/** Logs in once for all calls, and again once the token is no longer accepted. */
export class Authenticator {
  readonly #user: EtcdUser | undefined;
  #token: Promise<string> | undefined;
  /** The newest token that a login gave. */
  #accepted: string | undefined;

  constructor(user: EtcdUser | undefined) {
    this.#user = user;
  }

  /**
   * What goes with a call. A member that has lost its leader is to refuse it: so the answer comes at once.
   * @param endpoint takes the login, if one is needed
   * @throws StorageUnavailableError if the password cannot be read
   * @throws ServiceError if the login fails
   */
  async metadata(endpoint: Endpoint): Promise<Metadata> {
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    const user = this.#user;
    if (user !== undefined) metadata.set('token', await (this.#token ??= this.#login(user, endpoint)));
    return metadata;
  }

  /**
   * These metadata were refused.
   * @returns whether a new login may help
   */
  refused(metadata: Metadata): boolean {
    if (this.#user === undefined) return false;
    // Somebody else may have logged in meanwhile.
    if (metadata.get('token')[0] === this.#accepted) this.#token = this.#accepted = undefined;
    return true;
  }

  async #login({ name, passwordFile }: EtcdUser, endpoint: Endpoint): Promise<string> {
    try {
      const password = await readPassword(passwordFile);
      const request = { name, password };
      const answer = await endpoint.unary(etcd.authenticate, request, {
        metadata: new Metadata(),
        timeoutMs: loginTimeoutMs,
      });
      this.#accepted = answer.token;
      return answer.token;
    } catch (error) {
      this.#token = undefined;
      throw error;
    }
  }
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const message = `the password of etcd's user cannot be read from ${path}: ${reasonOf(cause)}`;
    throw new StorageUnavailableError(message, { cause });
  }
}
