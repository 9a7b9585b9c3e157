import type { ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import type { Revision } from '../contract.ts';
import type { Endpoint } from './endpoint.ts';
import type { WatchRequest, WatchResponse } from './proto.ts';

/** One stream of one member, with one watch on it. */
export class WatchStream {
  readonly endpoint: Endpoint;
  readonly metadata: Metadata;
  readonly #stream: ClientDuplexStream<WatchRequest, WatchResponse>;
  #created = false;
  #cancelled = false;

  /** @param range of keys; the watch begins with the events of revision `start` */
  constructor(
    endpoint: Endpoint,
    metadata: Metadata,
    range: { readonly key: Buffer; readonly rangeEnd: Buffer },
    start: Revision,
  ) {
    this.endpoint = endpoint;
    this.metadata = metadata;
    this.#stream = endpoint.watch(metadata);
    // Also after the last read: an error that nobody listens to would end the process.
    this.#stream.on('error', () => undefined);
    this.#stream.write({ create: { ...range, startRevision: start, progressNotify: true, fragment: true } });
  }

  /** Reads no faster than the caller takes. @throws ServiceError when the stream breaks */
  async *responses(): AsyncGenerator<WatchResponse, void> {
    for await (const message of this.#stream) {
      const response = message as WatchResponse;
      if (response.created && !response.canceled) this.#created = true;
      // What is said of progress before the watch is announced may overtake its events.
      if (this.#created || response.canceled) yield response;
    }
  }

  /** True once etcd has announced the watch: before that, it may tell a progress too early. */
  get created(): boolean {
    return this.#created;
  }

  /** It was ended from here. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Asks how far the watch is. etcd answers if the watch has caught up, and else says nothing. */
  requestProgress(): void {
    if (!this.#cancelled) this.#stream.write({ progress: {} });
  }

  cancel(): void {
    this.#cancelled = true;
    this.#stream.cancel();
  }
}
