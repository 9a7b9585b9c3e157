/** Block devices of members in real containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/cluster.ts';
import { installation, testLabel } from './support/installation.ts';
import { membersIn } from './support/members.ts';
import {
  apply,
  at,
  blockClass,
  blockDevices,
  blockVolumes,
  cluster,
  document,
  namespace,
  ok,
  setAt,
  setNamespace,
} from './support/member-setup.ts';
import { sampleApp } from './support/samples.ts';

describe.skipIf(installation().form === 'host')('block devices (form node)', () => {
  beforeAll(async () => {
    setNamespace(await cluster.makeNamespace('block-devices'));
    setAt(membersIn(namespace, cluster));
    await cluster.apply(sampleApp({ namespace, name: 'recorder', packageURL: 'file:///packages/recorder.tgz' }));
  });
  afterAll(async () => {
    await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
    await cluster.dropNamespaces(namespace);
    await ok('delete', 'pv,storageclass', `--selector=${testLabel}=blocks`, '--timeout=55s');
  });

  it('have their paths in the status of the member', async () => {
    const blockStorage = { storageClassName: 'standard', pathPrefix: '/dev/kd', numDevices: 2, size: '1Mi' };
    await apply({ name: 'blocks', app: 'recorder', head: { blockStorage } });
    const { pod, blockDevicePaths } = await eventually('the member to be made', () => at.member('blocks'));
    expect(blockDevicePaths).toEqual(['/dev/kd0', '/dev/kd1']);
    const claims = await cluster.list('pvc', '-l', 'kubedirector.hpe.com/kdcluster=blocks', at.inNamespace);
    expect(claims.map(({ metadata, spec }) => [metadata.name, spec?.['volumeMode']])).toEqual([
      [`b0-${pod}`, 'Block'],
      [`b1-${pod}`, 'Block'],
    ]);
    await ok('delete', 'kdcluster/blocks', at.inNamespace, '--timeout=55s');
  });

  it.skipIf(blockDevices.length === 0)(
    'are in the container, those that are added later too, and the same ones after the pod is deleted (E2E_BLOCK_DEVICES)',
    async () => {
      const [node] = await cluster.list('nodes');
      const hostname = node?.metadata.labels?.['kubernetes.io/hostname'] ?? '';
      await cluster.apply(blockVolumes(blockDevices, hostname));
      const blockStorage = { storageClassName: blockClass, pathPrefix: '/dev/kd', numDevices: 1, size: '1Mi' };
      await apply({ name: 'devices', app: 'recorder', head: { blockStorage } });
      await at.ready('devices');
      const first = (await at.member('devices')).pod;
      await at.inside(first, 'echo "from the beginning" | dd of=/dev/kd0 seek=1 conv=fsync 2>&1');
      // The others come while the member runs.
      await apply({
        name: 'devices',
        app: 'recorder',
        head: { blockStorage: { ...blockStorage, numDevices: blockDevices.length } },
      });
      await eventually(
        'the other devices',
        async () => (await at.member('devices')).blockDevicePaths?.length === blockDevices.length,
        60_000,
      );
      await at.ready('devices');
      expect(await at.inside(first, 'dd if=/dev/kd0 skip=1 count=1 2>/dev/null | head --lines=1')).toBe(
        'from the beginning\n',
      );
      const { pod, blockDevicePaths = [] } = await at.member('devices');
      const { node: self } = await document<{ node: { block_device_paths: string[] } }>(pod);
      expect(self.block_device_paths).toEqual(blockDevicePaths);
      expect(blockDevicePaths).toHaveLength(blockDevices.length);
      for (const path of blockDevicePaths) {
        await at.inside(pod, `test -b ${path} && echo "written to ${path}" | dd of=${path} conv=fsync 2>&1`);
      }
      await ok('delete', `pod/${pod}`, at.inNamespace, '--timeout=55s');
      await at.ready('devices');
      for (const path of blockDevicePaths) {
        expect(await at.inside(pod, `head --lines=1 ${path}`)).toBe(`written to ${path}\n`);
      }
      await ok('delete', 'kdcluster/devices', at.inNamespace, '--timeout=55s');
    },
    180_000,
  );
});
