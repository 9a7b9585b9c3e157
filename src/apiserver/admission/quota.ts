/**
 * Object-count ResourceQuotas (count/RESOURCE.GROUP). The quota controller of the cluster counts what there is from time to
 * time; between two counts, each new object is added to status.used before it is written. Source:
 * k8s.io/apiserver/pkg/admission/plugin/resourcequota
 */
import type { ResourceQuota } from '../../apis/kubernetes/types.ts';
import type { QuotaObjects } from '../../clients/contract.ts';
import type { Stored } from '../../meta/object.ts';
import { parseQuantity, Quantity } from '../../meta/quantity.ts';
import { forbiddenRequest, isReason, StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AdmissionAttributes, Quota } from './contract.ts';
import { nameOf } from './name-of.ts';
import { QuotaVersions, type Basis } from './quota-versions.ts';
import { untilKnown } from './until-known.ts';

/** One request that waits until it is counted. */
interface Waiter {
  readonly attributes: AdmissionAttributes;
  /** What it was counted in so far. */
  readonly counted: Basis[];
  accept(): void;
  refuse(error: Error): void;
}

/** Others may write a quota at the same time. */
const maxAttempts = 10;
const one = parseQuantity('1') ?? Quantity.zero;

/** All requests of a namespace that arrive while one is counted are counted together by the next write. */
export function createQuota(objects: QuotaObjects, clock: Clock): Quota {
  const versions = new QuotaVersions(objects);
  const counter = new Counter(versions);
  const isKnown = (): boolean => objects.synced();
  return {
    concerns: ({ resource, namespace }) =>
      namespace !== '' && (!isKnown() || versions.of(namespace, nameFor(resource)).length > 0),
    async reserve(attributes) {
      if (!isKnown()) await untilKnown('the quotas of the cluster', isKnown, clock, attributes.context.signal);
      const counted: Basis[] = [];
      const giveBackAll = async (): Promise<void> => {
        for (const basis of counted) await giveBack(versions, basis, nameFor(attributes.resource));
      };
      try {
        await counter.count(attributes, counted);
      } catch (error) {
        await giveBackAll();
        throw error;
      }
      return giveBackAll;
    },
  };
}

/** Counts the requests of each namespace batch by batch. */
class Counter {
  readonly #versions: QuotaVersions;
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(versions: QuotaVersions) {
    this.#versions = versions;
  }

  /** @param counted gets what the request was counted in, also if it is refused after all. @throws StatusError */
  count(attributes: AdmissionAttributes, counted: Basis[]): Promise<void> {
    const { namespace } = attributes;
    return new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { attributes, counted, accept: resolve, refuse: reject };
      const queue = this.#waiting.get(namespace);
      if (queue !== undefined) {
        queue.push(waiter);
        return;
      }
      this.#waiting.set(namespace, [waiter]);
      void this.#work(namespace);
    });
  }

  async #work(namespace: string): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(namespace)?.splice(0) ?? [];
      if (batch.length === 0) break;
      const undecided = new Set(batch);
      try {
        await countAll(this.#versions, namespace, undecided);
        for (const waiter of undecided) waiter.accept();
      } catch (error) {
        for (const waiter of undecided) waiter.refuse(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#waiting.delete(namespace);
  }
}

const nameFor = ({ resource, group }: { resource: string; group: string }): string => `count/${resource}.${group}`;

/**
 * Counts them in all quotas that are about them. Those that do not fit are refused and leave the set.
 * @throws StatusError if a quota cannot be written
 */
async function countAll(versions: QuotaVersions, namespace: string, undecided: Set<Waiter>): Promise<void> {
  const names = new Set([...undecided].map(({ attributes }) => nameFor(attributes.resource)));
  let keys = new Set([...names].flatMap((name) => versions.of(namespace, name)).map(({ metadata }) => metadata.name));
  for (let attempt = 1; ; attempt++) {
    const next = fit(versions.named(namespace, keys), undecided);
    const failed = new Set<string>();
    let why: unknown;
    for (const { quota, used, waiters } of next) {
      try {
        const basis = await versions.write(quota, used);
        for (const { counted } of waiters) counted.push(basis);
      } catch (error) {
        if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
        failed.add(quota.metadata.name);
        why = error;
      }
    }
    if (failed.size === 0) return;
    if (attempt >= maxAttempts) throw why;
    // In the others they are counted already.
    keys = new Set();
    for (const name of failed) if (await versions.renew(namespace, name)) keys.add(name);
  }
}

interface NextUse {
  readonly quota: Stored<ResourceQuota>;
  readonly used: Map<string, Quantity>;
  readonly waiters: Waiter[];
}

/** What the quotas are to say once all that fit are counted; those that are to stay as they are, are left out. */
function fit(quotas: readonly Stored<ResourceQuota>[], undecided: Set<Waiter>): NextUse[] {
  const next = quotas.map((quota): NextUse => {
    const used = Object.entries(quota.status?.used ?? {}).map(([name, text]): [string, Quantity] => [
      name,
      parseQuantity(text) ?? Quantity.zero,
    ]);
    return { quota, used: new Map(used), waiters: [] };
  });
  for (const waiter of [...undecided]) {
    const { attributes } = waiter;
    const name = nameFor(attributes.resource);
    const pertinent = next.filter(({ quota }) => isAbout(quota, name));
    const problem = pertinent.map(({ quota, used }) => problemWith(quota, used, name)).find((one) => one !== undefined);
    if (problem !== undefined) {
      undecided.delete(waiter);
      waiter.refuse(forbiddenRequest(attributes.resource, nameOf(attributes), problem));
    } else if (!attributes.dryRun) {
      for (const { used, waiters } of pertinent) {
        used.set(name, (used.get(name) ?? Quantity.zero).add(one));
        waiters.push(waiter);
      }
    }
  }
  return next.filter(({ waiters }) => waiters.length > 0);
}

/** Scopes are about pods and claims only: a quota with some counts no other objects. */
function isAbout({ spec, status }: ResourceQuota, name: string): boolean {
  const { scopes = [], scopeSelector } = spec ?? {};
  const isScoped = scopes.length > 0 || (scopeSelector?.matchExpressions ?? []).length > 0;
  return !isScoped && Object.hasOwn(status?.hard ?? {}, name);
}

function problemWith(quota: Stored<ResourceQuota>, used: Map<string, Quantity>, name: string): string | undefined {
  const now = used.get(name);
  const about = quota.metadata.name;
  if (now === undefined) return `status unknown for quota: ${about}, resources: ${name}`;
  const hard = parseQuantity(quota.status?.hard?.[name] ?? '') ?? Quantity.zero;
  if (now.add(one).compare(hard) <= 0) return undefined;
  return `exceeded quota: ${about}, requested: ${name}=1, used: ${name}=${String(now)}, limited: ${name}=${String(hard)}`;
}

/**
 * Takes back one object that was not written after all. Where anybody else wrote the quota meanwhile, the quota controller
 * may have counted again, without that object: then it is left as it is until the next count.
 */
async function giveBack(versions: QuotaVersions, basis: Basis, name: string): Promise<void> {
  const quota = versions.since(basis);
  const used = parseQuantity(quota?.status?.used?.[name] ?? '');
  if (quota === undefined || used === undefined || used.sign() <= 0) return;
  const minusOne = parseQuantity('-1') ?? Quantity.zero;
  try {
    await versions.write(quota, new Map([[name, used.add(minusOne)]]));
  } catch (error) {
    // Until the next count it is one too many: whoever made the request is to hear why that failed, not of this.
    if (!(error instanceof StatusError)) throw error;
  }
}
