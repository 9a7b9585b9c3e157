import type { Metadata } from '@grpc/grpc-js';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createBackoff, type Backoff } from '../../runtime/backoff.ts';
import { StorageUnavailableError } from '../contract.ts';
import type { Authenticator } from './authenticator.ts';
import { channelCredentials, type TlsTexts } from './credentials.ts';
import { Endpoint } from './endpoint.ts';
import { isPermissionDenied, isServiceError, reasonOf, verdictOf } from './errors.ts';
import { judgeMember, type Cluster } from './member-check.ts';
import { etcd } from './proto.ts';

/** How long the engine waits, in milliseconds. */
export interface MemberPace {
  /** Without any answer, before calls go to another member. */
  readonly silentMs: number;
  /** For a connection to come about. */
  readonly connectMs: number;
  /** For the answer of a member that is being looked at. */
  readonly checkMs: number;
  /** Between looks at a member that is not well: the first and the longest. */
  readonly recheckMs: readonly [number, number];
}

interface MembersOptions {
  readonly urls: readonly URL[];
  readonly tls: TlsTexts;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly pace: MemberPace;
}

interface Member {
  readonly endpoint: Endpoint;
  /** This connection was looked at, and the member may be used. */
  checked: boolean;
  /** Why it is not to be used, or only if no other is left. */
  trouble: string | undefined;
  looking: boolean;
  cancelRecheck: () => void;
}

/**
 * The members of the cluster: which are well, and which one is asked. All calls go to one of them while it is well: then
 * a watch and what waits for it see the same, and its connection is kept under watch. A member that does not answer
 * costs the calls that are with it; later ones go elsewhere.
 */
export class Members {
  readonly #options: MembersOptions;
  readonly #members: readonly Member[];
  readonly #backoff: Backoff;
  readonly #cluster: Cluster = { id: undefined };
  #current: number;
  readonly #waiting = new Set<() => void>();
  #closed = false;
  /** Called when the last member that could be used is lost. */
  whenNone: () => void = () => undefined;

  constructor(options: MembersOptions) {
    this.#options = options;
    const { clock, pace, random } = options;
    const [baseDelayMs, maxDelayMs] = pace.recheckMs;
    this.#backoff = createBackoff({ baseDelayMs, maxDelayMs, random });
    this.#members = options.urls.map((url) => ({
      endpoint: new Endpoint({
        ...{ url, clock, silentMs: pace.silentMs, connectMs: pace.connectMs },
        credentials: channelCredentials(url, options.tls),
        changed: (endpoint) => {
          this.#changed(endpoint);
        },
      }),
      checked: false,
      trouble: 'not connected yet',
      looking: false,
      cancelRecheck: () => undefined,
    }));
    this.#current = Math.floor(random() * this.#members.length);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many there are. */
  get count(): number {
    return this.#members.length;
  }

  /** True for each address that can be used now. */
  get states(): readonly { readonly url: string; readonly well: boolean }[] {
    return this.#members.map((member) => ({ url: member.endpoint.url, well: isWell(member) }));
  }

  /** Another member than these that is well. */
  hasOther(than: ReadonlySet<Endpoint>): boolean {
    return this.#members.some((member) => isWell(member) && !than.has(member.endpoint));
  }

  /**
   * The member to ask now; waits for one.
   * @param avoid were asked already: only if there is no other
   * @throws StorageUnavailableError if there is none in time; nothing was sent
   */
  async usable(avoid: ReadonlySet<Endpoint>, withinMs: number): Promise<Endpoint> {
    const limit = { over: false };
    const cancel = this.#options.clock.after(withinMs, () => {
      limit.over = true;
      this.#wake();
    });
    try {
      for (;;) {
        const found = this.#pick(avoid);
        if (found) return found;
        if (limit.over || this.#closed) throw this.#unreachable();
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      cancel();
    }
  }

  /** It did not do what it should: others are preferred until it has been looked at. */
  suspect(endpoint: Endpoint, reason: string): void {
    const member = this.#memberOf(endpoint);
    if (!member || member.trouble !== undefined) return;
    member.trouble = reason;
    this.#options.logger.debug({ endpoint: endpoint.url, reason }, 'an etcd member is in doubt');
    this.#recheck(member);
  }

  /** From now on, connections are made with these. */
  replaceTls(texts: TlsTexts): void {
    this.#members.forEach(({ endpoint }, index) => {
      const url = this.#options.urls[index];
      if (url) endpoint.replace(channelCredentials(url, texts));
    });
  }

  close(): void {
    this.#closed = true;
    for (const { endpoint, cancelRecheck } of this.#members) {
      cancelRecheck();
      endpoint.close();
    }
    this.#wake();
  }

  #pick(avoid: ReadonlySet<Endpoint>): Endpoint | undefined {
    const { length } = this.#members;
    const inOrder = this.#members.map((_, step) => (this.#current + step) % length);
    const fits = (test: (member: Member) => boolean) =>
      inOrder.find((index) => {
        const member = this.#members[index];
        return member !== undefined && test(member);
      });
    const found =
      fits((member) => isWell(member) && !avoid.has(member.endpoint)) ??
      fits((member) => member.checked && !avoid.has(member.endpoint)) ??
      fits(isWell) ??
      fits((member) => member.checked);
    if (found === undefined) return undefined;
    this.#current = found;
    return this.#members[found]?.endpoint;
  }

  #changed(endpoint: Endpoint): void {
    const member = this.#memberOf(endpoint);
    if (!member || this.#closed) return;
    if (!endpoint.connected) {
      const lost = member.checked;
      member.checked = false;
      member.trouble ??= 'the connection was lost';
      if (lost && !this.#members.some(({ checked }) => checked)) this.whenNone();
    }
    member.cancelRecheck();
    void this.#look(member);
  }

  /** Also if it is not connected: the failure says why. */
  async #look(member: Member): Promise<void> {
    if (member.looking) return;
    member.looking = true;
    const { endpoint } = member;
    try {
      const { trouble, usable } = await this.#check(endpoint);
      member.trouble = trouble;
      member.checked = usable && endpoint.connected;
    } catch (error) {
      member.trouble = reasonOf(error);
    } finally {
      member.looking = false;
    }
    if (this.#closed) return;
    if (member.trouble !== undefined || member.checked !== endpoint.connected) this.#recheck(member);
    else this.#backoff.forget(endpoint.url);
    this.#wake();
  }

  async #check(endpoint: Endpoint): Promise<{ trouble: string | undefined; usable: boolean }> {
    const { authenticator, pace, logger } = this.#options;
    let metadata: Metadata | undefined;
    try {
      metadata = await authenticator.metadata(endpoint);
      const answer = await endpoint.unary(etcd.status, {}, { metadata, timeoutMs: pace.checkMs });
      const judged = judgeMember(answer, this.#cluster);
      if (!judged.usable) logger.error({ endpoint: endpoint.url }, `an etcd member is not used: ${judged.trouble}`);
      return judged;
    } catch (error) {
      // A user without rights to the status may still have rights to its keys.
      if (isPermissionDenied(error)) return { trouble: undefined, usable: true };
      if (metadata && isServiceError(error) && verdictOf(error) === 'token') authenticator.refused(metadata);
      throw error;
    }
  }

  #recheck(member: Member): void {
    member.cancelRecheck();
    member.cancelRecheck = this.#options.clock.after(this.#backoff.next(member.endpoint.url), () => {
      void this.#look(member);
    });
  }

  #memberOf(endpoint: Endpoint): Member | undefined {
    return this.#members.find((member) => member.endpoint === endpoint);
  }

  #wake(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  #unreachable(): StorageUnavailableError {
    const why = this.#members.map(({ endpoint, trouble }) => `${endpoint.url}: ${trouble ?? 'not connected'}`);
    return new StorageUnavailableError(`no etcd member can be used: ${why.join('; ')}`);
  }
}

const isWell = ({ checked, trouble, endpoint }: Member): boolean =>
  checked && trouble === undefined && !endpoint.silent;
