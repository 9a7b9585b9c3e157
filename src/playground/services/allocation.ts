/**
 * Allocates cluster IPs and node ports. The values in use are read from the Services themselves, so a crash loses or
 * leaks nothing. A value that was just allocated, and may not be stored yet, is reserved for a minute.
 */
import type { Service } from '../../apis/kubernetes/types.ts';
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import { createView, type View } from '../simulation/view.ts';
import { usesClusterIP, usesNodePorts } from './defaults.ts';
import { Pool, type PoolOptions } from './pool.ts';

type ServiceSpec = NonNullable<Service['spec']>;

/** 10.96.0.0/12, the default of kubeadm. The first addresses are kept free for Services like `kubernetes`. */
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
  /** Called when the first Service is created, not before. */
  readonly cache: () => ResourceCache<Service>;
}

/** Allocates values for new Services, and checks the values that users ask for. */
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

  /** The spec with a cluster IP and node ports added, if its type needs them and they are missing. */
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

  /** Errors for values that are out of range or belong to another Service. @param owner the key of this Service */
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
