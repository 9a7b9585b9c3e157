import { afterEach, describe, expect, it } from 'vitest';
import type { ConfigMap, Secret } from '../../../src/apis/kubernetes/types.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

const metadata = { name: 'one', namespace: 'default' };
const target = { namespace: 'default', name: 'one' };

describe('Secrets and ConfigMaps of the playground', () => {
  it('have stringData in their data, and the type Opaque by default', async () => {
    cluster = await startCluster({ simulate: false });
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      data: { a: 'QQ==', b: 'QQ==' },
      stringData: { b: 'B', user: 'admin' },
    };
    const { object } = await cluster.native.secrets.create(admin, 'default', secret);
    expect(object.data).toEqual({ a: 'QQ==', b: 'Qg==', user: 'YWRtaW4=' });
    expect(object.type).toBe('Opaque');
    expect(object).not.toHaveProperty('stringData');
    const other = cluster.native.secrets.update(admin, target, (now) => ({ ...now!, type: 'example.com/x' }));
    await expect(other).rejects.toThrow('type: Invalid value: "example.com/x": field is immutable');
  });

  it('are refused without the keys that their type requires', async () => {
    cluster = await startCluster({ simulate: false });
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': '' },
    };
    await expect(cluster.native.secrets.create(admin, 'default', secret)).rejects.toThrow(
      'data[tls.key]: Required value',
    );
  });

  it('are refused with keys that are not valid file names, and cannot be changed if they are immutable', async () => {
    cluster = await startCluster({ simulate: false });
    const map = (data: Record<string, string>): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    for (const key of ['a/b', '..', 'ä']) {
      await expect(cluster.native.configMaps.create(admin, 'default', map({ [key]: 'x' }))).rejects.toMatchObject({
        code: 422,
      });
    }
    await cluster.native.configMaps.create(admin, 'default', { ...map({ a: 'x' }), immutable: true });
    const change = (next: Partial<ConfigMap>) =>
      cluster.native.configMaps.update(admin, target, (now) => ({ ...now!, ...next }));
    await expect(change({ data: { a: 'y' } })).rejects.toThrow(
      'data: Forbidden: field is immutable when `immutable` is set',
    );
    await expect(change({ immutable: false })).rejects.toThrow('immutable: Forbidden');
  });
});
