/** The port through which requests of users reach what listens in pods. */
import type { Duplex } from 'node:stream';
import type { Pod } from '../apis/kubernetes/types.ts';
import type { Stored } from '../meta/object.ts';

/** Connects to ports of pods. */
export interface PodConnector {
  /**
   * Opens a connection of bytes to the pod's own address, as its kubelet reports it.
   * @param how `tls`: encrypted; the certificate is not verified, because members have made theirs themselves
   * @throws PodUnreachableError; the signal's reason if it aborts before
   */
  connect(
    pod: Stored<Pod>,
    port: number,
    how: { readonly tls: boolean; readonly signal: AbortSignal },
  ): Promise<Duplex>;
}

/** Nobody answers, or the pod's address is none that may be connected to. */
export class PodUnreachableError extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'PodUnreachableError';
  }
}
