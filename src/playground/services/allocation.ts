/**
 * Gives out cluster IPs and node ports. What is in use is read from the Services themselves, so nothing is lost or
 * leaked by a crash; what was given out a moment ago, and may not be stored yet, is reserved for a minute.
 */
import type { Service } from '../../apis/kubernetes/types.ts';
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import { createView, type View } from '../simulation/view.ts';
import { usesClusterIP, usesNodePorts } from './defaults.ts';
import { Pool, type PoolOptions } from './pool.ts';

type ServiceSpec = NonNullable<Service['spec']>;

/** 10.96.0.0/12, as kubeadm has it; the first addresses are left to `kubernetes` and its like. */
const firstAddress = (10 << 24) + (96 << 16);
const keptAddresses = 256;
const addresses = (1 << 20) - 2 * keptAddresses;
const nodePorts = { first: 30_000, last: 32_767 } as const;

const addressText = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');

const addressesOf = ({ spec }: Service): string[] =>
  spec?.clusterIP && spec.clusterIP !== 'None' ? [spec.clusterIP] : [];
const portsOf = ({ spec }: Service): number[] => (spec?.ports ?? []).flatMap(({ nodePort }) => nodePort || []);

interface ServiceAllocatorOptions extends PoolOptions {
  /** Asked for when the first Service comes. */
  readonly cache: () => ResourceCache<Service>;
}

export class ServiceAllocator {
  readonly #ips: Pool<string>;
  readonly #ports: Pool<number>;
  readonly #view: View;

  constructor(options: ServiceAllocatorOptions) {
    this.#ips = new Pool(addresses, (index) => addressText(firstAddress + keptAddresses + index), options);
    this.#ports = new Pool(nodePorts.last - nodePorts.first + 1, (index) => nodePorts.first + index, options);
    this.#view = createView(options.cache, ({ key, object, old }) => {
      if (old) this.#ips.release(addressesOf(old));
      if (old) this.#ports.release(portsOf(old));
      if (object) this.#ips.hold(addressesOf(object), key);
      if (object) this.#ports.hold(portsOf(object), key);
    });
  }

  /** The spec with an IP and node ports where its type needs them and it has none. */
  allocate(spec: ServiceSpec): ServiceSpec {
    this.#view.refresh();
    const ip = spec.clusterIP || spec.clusterIPs?.[0] || (usesClusterIP(spec) ? this.#ips.take() : undefined);
    const withNodePort = (port: NonNullable<ServiceSpec['ports']>[number]): typeof port => {
      const nodePort = port.nodePort || this.#ports.take();
      return { ...port, ...(nodePort ? { nodePort } : {}) };
    };
    const ports = usesNodePorts(spec) ? spec.ports?.map(withNodePort) : spec.ports;
    return {
      ...spec,
      ...(ip ? { clusterIP: ip, clusterIPs: spec.clusterIPs?.length ? spec.clusterIPs : [ip] } : {}),
      ...(ports ? { ports } : {}),
    };
  }

  /** What a spec asks for and can't have, because it is out of range or another Service's (`owner` is its own key). */
  conflicts(spec: ServiceSpec, owner: string): FieldError[] {
    this.#view.refresh();
    const errors: FieldError[] = [];
    const ip = spec.clusterIP ?? '';
    if ((this.#ips.holder(ip) ?? owner) !== owner) {
      errors.push(invalid('spec.clusterIPs', [ip], `failed to allocate IP ${ip}: provided IP is already allocated`));
    }
    for (const [index, { nodePort }] of (spec.ports ?? []).entries()) {
      if (!nodePort) continue;
      const at = `spec.ports[${index}].nodePort`;
      if (nodePort < nodePorts.first || nodePort > nodePorts.last) {
        const range = `${nodePorts.first}-${nodePorts.last}`;
        const detail = `provided port is not in the valid range. The range of valid ports is ${range}`;
        errors.push(invalid(at, nodePort, detail));
      } else if ((this.#ports.holder(nodePort) ?? owner) !== owner) {
        errors.push(invalid(at, nodePort, 'provided port is already allocated'));
      }
    }
    return errors;
  }
}
