/** Block devices of a role with members: more may be added, and nothing else may change that a member has. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole, ClusterSpec, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { causes, storageClass } from './fixture.ts';
import { eachWithCluster, fixture, settle } from './cluster-updates-fixture.ts';

eachWithCluster();

const fast = { numDevices: 1, pathPrefix: '/dev/x', storageClassName: 'fast' };
const edit = (change: (role: ClusterRole, spec: ClusterSpec) => void) =>
  fixture.changeCluster('one', ({ spec }) => spec.roles.forEach((role) => change(role, spec)));
const give = (blockStorage: ClusterRole['blockStorage'], more: (spec: ClusterSpec) => void = () => undefined) =>
  edit((role, spec) => {
    more(spec);
    if (blockStorage === undefined) delete role.blockStorage;
    else role.blockStorage = blockStorage;
  });

function member(nodeID: number, devices: number): MemberStatus {
  const blockDevicePaths = Array.from({ length: devices }, (_, index) => `/dev/x${index}`);
  const has = devices === 0 ? {} : { blockDevicePaths };
  return { pod: `pod-${nodeID}`, service: 'n/a', nodeID, state: 'configured', stateDetail: {}, ...has };
}
const seen = (...devices: number[]) =>
  settle([], {
    roles: [
      {
        id: 'only',
        statefulSet: 'set',
        members: devices.map((count, at) => member(at + 1, count)),
        updateRevision: 'r',
      },
    ],
  });

beforeEach(async () => {
  for (const name of ['fast', 'slow']) fixture.native.storageClasses.put(storageClass(name));
  await seen(0, 0);
});

describe('devices of a role with members', () => {
  it('can be added where there were none, and more where there were some', async () => {
    expect((await give(fast)).spec.roles[0]?.blockStorage).toMatchObject({ numDevices: 1, size: '1Gi' });
    await seen(0, 1);
    expect((await give({ ...fast, numDevices: 3 })).spec.roles[0]?.blockStorage?.numDevices).toBe(3);
  });

  it('can be taken back until a member has had them', async () => {
    await give(fast);
    expect((await give(undefined)).spec.roles[0]?.blockStorage).toBe(undefined);
    await give({ ...fast, numDevices: 2 });
    await seen(0, 1);
    const [cause, ...others] = await causes(give(undefined));
    expect(others).toEqual([]);
    expect(cause).toMatch(
      /^spec\.roles\[0\]\.blockStorage\.numDevices: Forbidden: can't become fewer: a member has 1 device; can't change while .* set members to 0 first/,
    );
    expect((await give(fast)).spec.roles[0]?.blockStorage?.numDevices).toBe(1);
  });

  it.each([
    ['storageClassName', { storageClassName: 'slow' }],
    ['pathPrefix', { pathPrefix: '/dev/y' }],
    ['size', { size: '2Gi' }],
  ])('keep their %s', async (field, change) => {
    await give(fast);
    expect(await causes(give({ ...fast, ...change }))).toEqual([
      expect.stringMatching(
        `^spec\\.roles\\[0\\]\\.blockStorage\\.${field}: Forbidden: .*only numDevices may become more`,
      ),
    ]);
    expect((await give({ ...fast, size: '1024Mi', numDevices: 2 })).spec.roles[0]?.blockStorage?.numDevices).toBe(2);
  });

  it('are not added where members change only when somebody deletes their pods', async () => {
    const onDelete = (spec: ClusterSpec): void => {
      spec.updateStrategy = { type: 'OnDelete' };
    };
    expect(await causes(give(fast, onDelete))).toEqual([
      expect.stringMatching(/^spec\.roles\[0\]\.blockStorage: Forbidden: .*set updateStrategy\.type to RollingUpdate$/),
    ]);
  });
});
