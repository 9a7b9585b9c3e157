/** The end of a server: what is waited for, and for how long. */
import type { Clock } from '../runtime/clock.ts';
import { pause } from '../runtime/time-limit.ts';
import type { Chain, Spread } from './http/chain.ts';
import type { TlsServer } from './http/tls-server.ts';

/** How a server goes away while others go on serving the same. */
export interface LeaveOptions {
  /** Milliseconds in which /readyz fails already, but everything is served: until others know that this server leaves. */
  readonly delayMs: number;
  /** Milliseconds over which the ends of watches are spread, so that clients do not all come back at once. */
  readonly watchesMs: number;
}

/** How long idle connections stay open after the last request, in milliseconds. */
const farewellMs = 500;

/** Serves on for a while; then no new connection comes, and clients of HTTP/2 are told to go elsewhere (GOAWAY). */
export async function leaveOthers(tls: TlsServer | undefined, clock: Clock, milliseconds: number): Promise<void> {
  await pause(clock, milliseconds, undefined);
  tls?.retire();
}

interface StopOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly spread: Spread;
}

/** Ends long-running requests, waits for the others for at most graceMs, then closes all connections. */
export async function stop(
  chain: Chain,
  tls: TlsServer | undefined,
  { clock, graceMs, spread }: StopOptions,
): Promise<void> {
  const begun = clock.monotonic();
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(graceMs, resolve);
  });
  await Promise.race([chain.drain(spread), late]);
  cancel();
  await tls?.close(Math.min(farewellMs, Math.max(0, graceMs - (clock.monotonic() - begun))));
}
