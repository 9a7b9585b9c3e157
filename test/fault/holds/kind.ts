/** A kind of request, and where what it asks for is. */
import { namespace, root } from './objects.ts';
import type { Call } from './server.ts';

export interface Kind {
  readonly name: string;
  /** How many are sent at once, in one round after the other. */
  readonly atOnce: readonly number[];
  /** The status codes that may answer it; absent: 200. */
  readonly status?: readonly number[];
  /** @param at counts all that are ever sent, so that names can differ */
  readonly call: (at: number) => Call;
}

export const inNamespace = `${root}/namespaces/${namespace}`;
export const clusters = `${inNamespace}/kubedirectorclusters`;
export const apps = `${inNamespace}/kubedirectorapps`;
