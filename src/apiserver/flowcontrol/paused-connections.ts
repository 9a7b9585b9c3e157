/**
 * Back-pressure on clients over HTTP/1.1: connections that are not read for a while, because their user asks for more than his
 * part. What is not read is not parsed, takes no memory, and gives the garbage collector nothing to copy: it waits with the
 * client. See docs/adr/0059-back-pressure.md and 0066-reading-for-a-turn.md.
 */
import type { Deadlines } from './deadlines.ts';

/** What requests come over, one after the other: a socket. */
export interface PausableConnection {
  readonly destroyed: boolean;
  pause(): unknown;
  resume(): unknown;
}

interface Pause {
  /** Of the last request, in units of one get: the next one is taken to be like it. */
  readonly cost: number;
  readonly endDeadline: () => void;
}

/** Connections that are not read now. */
export class PausedConnections {
  readonly #deadlines: Pick<Deadlines, 'begin'>;
  /** By user; of each, the one that was paused first comes first. */
  readonly #paused = new Map<string, Map<PausableConnection, Pause>>();
  #size = 0;

  /** @param deadlines after which a connection is read again in any case: its user may be another one next time */
  constructor(deadlines: Pick<Deadlines, 'begin'>) {
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#size;
  }

  /** How many users have some. */
  get users(): number {
    return this.#paused.size;
  }

  has(user: string): boolean {
    return this.#paused.has(user);
  }

  /** Stops reading a connection that has just been used by this user. @param cost of the request that came over it */
  pause(user: string, connection: PausableConnection, cost: number): void {
    this.#forget(user, connection);
    connection.pause();
    const own = this.#paused.get(user) ?? new Map<PausableConnection, Pause>();
    this.#paused.set(user, own);
    own.set(connection, { cost, endDeadline: this.#deadlines.begin(() => this.#resume(user, connection)) });
    this.#size += 1;
  }

  /**
   * Reads connections again.
   * @param roomOf for how much more work of a user there is room, in units of one get. One more is read as long as it is above 0
   * @returns whether there are more of a user who had room: perhaps nothing comes over those that are read now
   */
  resume(roomOf: (user: string) => number): boolean {
    let areMore = false;
    for (const [user, own] of this.#paused) {
      let room = roomOf(user);
      if (room <= 0) continue;
      for (const [connection, { cost }] of own) {
        if (room <= 0) break;
        room -= cost;
        this.#resume(user, connection);
      }
      if (own.size > 0) areMore = true;
    }
    return areMore;
  }

  #resume(user: string, connection: PausableConnection): void {
    this.#forget(user, connection);
    if (!connection.destroyed) connection.resume();
  }

  #forget(user: string, connection: PausableConnection): void {
    const own = this.#paused.get(user);
    const pause = own?.get(connection);
    if (own === undefined || pause === undefined) return;
    pause.endDeadline();
    own.delete(connection);
    this.#size -= 1;
    if (own.size === 0) this.#paused.delete(user);
  }
}
