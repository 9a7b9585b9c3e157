/**
 * Back-pressure on clients over HTTP/1.1: connections that are not read for a while, because their user has enough requests
 * waiting. What is not read is not parsed, takes no memory, and gives the garbage collector nothing to copy: it waits with
 * the client. See docs/adr/0059-back-pressure.md.
 */
import type { Deadlines } from './deadlines.ts';

/** What requests come over, one after the other: a socket. */
export interface PausableConnection {
  readonly destroyed: boolean;
  pause(): unknown;
  resume(): unknown;
}

/** Connections that are not read now. */
export class PausedConnections {
  readonly #deadlines: Pick<Deadlines, 'begin'>;
  /** By user; of each, the one that was paused first comes first. The functions end their deadlines. */
  readonly #paused = new Map<string, Map<PausableConnection, () => void>>();
  #size = 0;

  /** @param deadlines after which a connection is read again in any case: its user may be another one next time */
  constructor(deadlines: Pick<Deadlines, 'begin'>) {
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#size;
  }

  has(user: string): boolean {
    return this.#paused.has(user);
  }

  /** Stops reading a connection that has just been used by this user. */
  pause(user: string, connection: PausableConnection): void {
    this.#forget(user, connection);
    connection.pause();
    const own = this.#paused.get(user) ?? new Map<PausableConnection, () => void>();
    this.#paused.set(user, own);
    own.set(
      connection,
      this.#deadlines.begin(() => this.#resume(user, connection)),
    );
    this.#size += 1;
  }

  /**
   * Reads connections again.
   * @param roomOf for how many more requests of a user there is room
   * @returns whether there are more of a user who had room: perhaps nothing comes over those that are read now
   */
  resume(roomOf: (user: string) => number): boolean {
    let areMore = false;
    for (const [user, own] of this.#paused) {
      let room = roomOf(user);
      if (room <= 0) continue;
      if (own.size > room) areMore = true;
      for (const connection of own.keys()) {
        if (room <= 0) break;
        room -= 1;
        this.#resume(user, connection);
      }
    }
    return areMore;
  }

  #resume(user: string, connection: PausableConnection): void {
    this.#forget(user, connection);
    if (!connection.destroyed) connection.resume();
  }

  #forget(user: string, connection: PausableConnection): void {
    const own = this.#paused.get(user);
    const endDeadline = own?.get(connection);
    if (own === undefined || endDeadline === undefined) return;
    endDeadline();
    own.delete(connection);
    this.#size -= 1;
    if (own.size === 0) this.#paused.delete(user);
  }
}
