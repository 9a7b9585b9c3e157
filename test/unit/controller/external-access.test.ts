import { describe, expect, it } from 'vitest';
import { nodeAddresses } from '../../../src/apis/kubernetes/node-addresses.ts';
import type { Node, Service } from '../../../src/apis/kubernetes/types.ts';
import { clusterLabel } from '../../../src/apis/kubedirector/well-known.ts';
import type { ClusterStatus } from '../../../src/apis/kubedirector/types.ts';
import { createNodeAddresses } from '../../../src/controller/observe/node-addresses.ts';
import { externalAccess } from '../../../src/controller/plan/natives/external-access.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { shelves } from '../registry/natives.ts';
import { observe, stamp, statusOf } from './facts.ts';

const node = (name: string, addresses: Record<string, string>, ready = 'True'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    addresses: Object.entries(addresses).map(([type, address]) => ({ type, address })),
    conditions: [{ type: 'Ready', status: ready }],
  },
});

const service = (spec: Service['spec'], status: Service['status'] = {}): Stored<Service> => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...stamp, name: 's-a', namespace: 'default', labels: { [clusterLabel]: 'sample' } },
  ...(spec === undefined ? {} : { spec }),
  status,
});
const ports = [{ port: 8080, nodePort: 31234 }];

describe('the addresses of nodes', () => {
  it('are those of ready nodes in the order of their names, the external one if there is one', () => {
    const nodes = [
      node('n2', { InternalIP: '10.0.0.2' }),
      node('n1', { InternalIP: '10.0.0.1', ExternalIP: '203.0.113.1' }),
      node('n3', { ExternalIP: '203.0.113.3' }, 'False'),
      node('n4', { Hostname: 'n4' }),
    ];
    expect(nodeAddresses(nodes)).toEqual(['203.0.113.1', '10.0.0.2']);
  });

  it('are three at most', () => {
    const nodes = Array.from({ length: 9 }, (_, at) => node(`n${at}`, { InternalIP: `10.0.0.${at}` }));
    expect(nodeAddresses(nodes)).toEqual(['10.0.0.0', '10.0.0.1', '10.0.0.2']);
  });

  it('are told when they change, not whenever a node reports', () => {
    const { nodes } = shelves();
    const addresses = createNodeAddresses(nodes);
    let told = 0;
    const stop = addresses.onChange(() => (told += 1));
    nodes.put(node('n1', { InternalIP: '10.0.0.1' }));
    expect([told, addresses.current()]).toEqual([1, ['10.0.0.1']]);
    nodes.put(node('n1', { InternalIP: '10.0.0.1', Hostname: 'again' }));
    expect(told).toBe(1);
    nodes.put(node('n1', { InternalIP: '10.0.0.9' }));
    expect([told, addresses.current()]).toEqual([2, ['10.0.0.9']]);
    stop();
    expect(nodes.listeners()).toBe(0);
  });
});

describe("a Service's access from outside", () => {
  it('is by the ports of nodes', () => {
    expect(externalAccess(service({ type: 'NodePort', ports }), ['10.0.0.1'])).toEqual({
      addresses: ['10.0.0.1'],
      nodePorts: [{ port: 8080, nodePort: 31234 }],
    });
  });

  it('is by the first of two node ports of one port', () => {
    const both = [...ports, { port: 8080, nodePort: 31235, protocol: 'UDP' }];
    expect(externalAccess(service({ type: 'NodePort', ports: both }), ['10.0.0.1'])?.nodePorts).toEqual([
      { port: 8080, nodePort: 31234 },
    ]);
  });

  it('is by the addresses of a load balancer', () => {
    const spec = { type: 'LoadBalancer', ports };
    const ingress = [{ hostname: 'lb.example.com' }, { ip: '2001:db8::1' }];
    expect(externalAccess(service(spec, { loadBalancer: { ingress } }), ['10.0.0.1'])).toEqual({
      addresses: ['lb.example.com', '2001:db8::1'],
    });
    expect(externalAccess(service(spec), ['10.0.0.1'])).toBeUndefined();
  });

  it.each([
    ['a Service that does not exist', undefined, ['10.0.0.1']],
    ['a Service of the cluster alone', service({ type: 'ClusterIP', ports }), ['10.0.0.1']],
    ['node ports without nodes', service({ type: 'NodePort', ports }), []],
    ['node ports that are not given out yet', service({ type: 'NodePort', ports: [{ port: 8080 }] }), ['10.0.0.1']],
  ])('is none with %s', (_, object, addresses) => {
    expect(externalAccess(object, addresses)).toBeUndefined();
  });
});

describe("a member's external access", () => {
  const settled = statusOf(observe());
  const name = settled.roles?.[0]?.members[0]?.service ?? '';
  const told = (found: Stored<Service> | undefined, addresses?: readonly string[], before = settled): ClusterStatus => {
    const services = new Map(found === undefined ? [] : [[name, found]]);
    return statusOf({ ...observe(undefined, before), services, nodeAddresses: addresses });
  };
  const external = (status: ClusterStatus): unknown => status.roles?.[0]?.members[0]?.external;
  const nodePorts = service({ type: 'NodePort', ports });

  it('follows its Service and the nodes', () => {
    const reached = told(nodePorts, ['10.0.0.1']);
    expect(external(reached)).toEqual({ addresses: ['10.0.0.1'], nodePorts: [{ port: 8080, nodePort: 31234 }] });
    expect(external(told(nodePorts, ['10.0.0.9'], reached))).toMatchObject({ addresses: ['10.0.0.9'] });
    expect(external(told(undefined, ['10.0.0.1'], reached))).toBeUndefined();
  });

  it('stays as it was while the nodes are not known', () => {
    const reached = told(nodePorts, ['10.0.0.1']);
    expect(external(told(nodePorts, undefined, reached))).toEqual(external(reached));
  });
});
