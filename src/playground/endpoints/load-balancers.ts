/** Simulates the cloud: a Service of type LoadBalancer gets an address, and loses it when its type changes. */
import type { Service } from '../../apis/kubernetes/types.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { Stored } from '../../meta/object.ts';
import { createDeadlines, type Deadlines } from '../simulation/deadlines.ts';
import type { RecordEvent } from '../simulation/event-recorder.ts';
import type { World } from '../simulation/world.ts';

/** TEST-NET-3, a range for documentation that is never routed. Source: RFC 5737 */
const net = '203.0.113';

/** Sets and clears status.loadBalancer of Services. The addresses are not reachable. */
export class LoadBalancers {
  readonly #world: World;
  readonly #deadlines: Deadlines;
  readonly #record: RecordEvent;

  constructor(world: World) {
    this.#world = world;
    this.#deadlines = createDeadlines(world.clock, world.random);
    this.#record = world.record('service-controller');
  }

  /** @returns milliseconds to wait before the next call, if the simulated delay is not over yet */
  async reconcile(service: Stored<Service>, context: CallContext): Promise<number | undefined> {
    const { random, delays, native } = this.#world;
    const { uid, name, namespace = '' } = service.metadata;
    const has = (service.status?.loadBalancer?.ingress ?? []).length > 0;
    const wants = service.spec?.type === 'LoadBalancer';
    if (has === wants) return undefined;
    const left = wants ? this.#deadlines.remaining(uid, 'balance', delays.loadBalancer) : 0;
    if (left > 0) return left;
    const ip = `${net}.${1 + Math.floor(random() * 254)}`;
    const loadBalancer = wants ? { ingress: [{ ip, ipMode: 'VIP' }] } : {};
    await native.services.update(
      context,
      { namespace, name },
      (now) => ({ ...(now ?? service), status: { ...(now ?? service).status, loadBalancer } }),
      { subresource: 'status', preconditions: { uid } },
    );
    if (wants) this.#record(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
    else this.#record(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
    return undefined;
  }
}
