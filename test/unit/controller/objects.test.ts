import { describe, expect, test } from 'vitest';
import {
  headlessServiceName,
  memberServiceName,
  podOrdinal,
  statefulSetName,
  type Ids,
} from '../../../src/controller/plan/names.ts';
import { headlessService, memberService } from '../../../src/controller/plan/objects/services.ts';
import { sampleCluster } from '../../controller/support/samples.ts';
import { context, role, stored } from './objects-fixture.ts';

const suffixes = (...list: string[]): Ids => ({
  suffix: () => list.shift() ?? 'zzzzz',
  token: () => '0'.repeat(32),
  uuid: () => 'uuid',
});

describe('names', () => {
  const cluster = (name: string, namingScheme: 'UID' | 'CrNameRole') =>
    sampleCluster(({ metadata, spec }) => {
      metadata.name = name;
      spec.namingScheme = namingScheme;
    });

  test('are random after a prefix with naming scheme UID', () => {
    const uid = cluster('my.cluster', 'UID');
    expect(statefulSetName(uid, 'work', suffixes('abcde'), new Set())).toBe('kdss-abcde');
    expect(headlessServiceName(uid, suffixes('abcde'), new Set())).toBe('kdhs-abcde');
    expect(memberServiceName(uid, 'kdss-abcde-0')).toBe('s-kdss-abcde-0');
  });

  test('tell cluster and role with naming scheme CrNameRole, as DNS labels', () => {
    const named = cluster('my.cluster', 'CrNameRole');
    expect(statefulSetName(named, 'Big_Role', suffixes('abcde'), new Set())).toBe('my-cluster-big-role-abcde');
    expect(headlessServiceName(named, suffixes('abcde'), new Set())).toBe('my-clusterabcde');
    expect(memberServiceName(named, 'x-0')).toBe('x-0');
  });

  test('stay short enough for the labels and names that Kubernetes derives from them', () => {
    const long = cluster('a'.repeat(63), 'CrNameRole');
    expect(statefulSetName(long, 'r'.repeat(63), suffixes('abcde'), new Set())).toHaveLength(51);
    expect(headlessServiceName(long, suffixes('abcde'), new Set())).toHaveLength(63);
  });

  test('begin with a letter, as Services have to', () => {
    expect(headlessServiceName(cluster('1st', 'CrNameRole'), suffixes('abcde'), new Set())).toBe('kd-1stabcde');
  });

  test('avoid those that are taken', () => {
    const taken = new Set(['kdss-abcde']);
    expect(statefulSetName(cluster('x', 'UID'), 'r', suffixes('abcde', 'fghij'), taken)).toBe('kdss-fghij');
  });

  test('of pods end in their ordinal', () => {
    expect([podOrdinal('kdss-x-12'), podOrdinal('none')]).toEqual([12, -1]);
  });
});

describe('services', () => {
  test("have the global config's labels and annotations over the role's", () => {
    const resolved = role((spec) => {
      spec.serviceLabels = { a: 'role', b: 'role', 'kubedirector.hpe.com/role': 'fake' };
      spec.serviceAnnotations = { a: 'role', b: 'role' };
    });
    const config = { serviceLabels: { a: 'config' }, serviceAnnotations: { a: 'config' } };
    const member = { name: 's', pod: 'p', authToken: undefined, ports: [{ name: 'rpc', port: 7077 }] };
    const { metadata } = memberService(context({ config }), resolved, member);
    expect(metadata.labels).toMatchObject({ a: 'config', b: 'role', 'kubedirector.hpe.com/role': 'head' });
    expect(metadata.annotations).toMatchObject({ a: 'config', b: 'role' });
  });

  test("of members have the cluster's type, else the config's, else LoadBalancer", () => {
    const type = (serviceType: 'ClusterIP' | undefined, defaultServiceType?: 'NodePort') => {
      const cluster = stored(sampleCluster());
      if (serviceType === undefined) delete cluster.spec.serviceType;
      else cluster.spec.serviceType = serviceType;
      const config = defaultServiceType === undefined ? {} : { defaultServiceType };
      const member = { name: 's', pod: 'p', authToken: undefined, ports: [{ name: 'rpc', port: 7077 }] };
      return memberService(
        context({ cluster, config }),
        role(() => undefined),
        member,
      ).spec?.type;
    };
    expect([type('ClusterIP', 'NodePort'), type(undefined, 'NodePort'), type(undefined)]).toEqual([
      ...['ClusterIP', 'NodePort', 'LoadBalancer'],
    ]);
  });

  test('of the cluster find members that are not ready yet', () => {
    expect(headlessService(context()).spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'kubedirector.hpe.com/headless': 'sample' },
    });
  });
});
