/** While former keys exist, the change of one cluster does not decrypt the values of all the others again. */
import { createDecipheriv, type DecipherGCM } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import { decryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import { restoringLabel } from '../../../src/apis/kubedirector/well-known.ts';
import type { KubeDirectorCluster, KubeDirectorConfig } from '../../../src/apis/kubedirector/types.ts';
import { context, Fixture, namespace, systemNamespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const first = '00'.repeat(32);
const second = '11'.repeat(32);
const name = 'kd-global-config';
const count = 20;

let fixture: Fixture;
const text = new TextDecoder();
/** Of each decryption: it is told the place of the text. */
let told: MockInstance<DecipherGCM['setAAD']>;
beforeEach(async () => {
  const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
  told = vi.spyOn(Object.getPrototypeOf(decipher) as DecipherGCM, 'setAAD');
  fixture = await Fixture.started();
  await fixture.app(minimalApp, systemNamespace);
  await fixture.config({ masterEncryptionKey: first });
});
afterEach(() => {
  told.mockRestore();
  fixture.stop();
});

function cluster(which: string, key: { value: string } | { encryptedValue: string }, labels = {}): KubeDirectorCluster {
  const roles = minimalCluster.spec.roles.map((role) => ({ ...role, secretKeys: [{ name: 'password', ...key }] }));
  const metadata = { name: which, labels };
  return { ...minimalCluster, metadata, spec: { ...minimalCluster.spec, roles } };
}
const stored = (which: string) => fixture.clusters.cache.get(namespace, which)?.object;
const textOf = (which: string): string => stored(which)?.spec.roles[0]?.secretKeys?.[0]?.encryptedValue ?? '';
const formerKeys = () => fixture.configs.cache.get(systemNamespace, name)?.object.status?.formerEncryptionKeys;
const setKey = (masterEncryptionKey: string) =>
  fixture.configs.update(context, { namespace: systemNamespace, name }, (current) => {
    return { ...(current as KubeDirectorConfig), spec: { ...current?.spec, masterEncryptionKey } };
  });
/** Which clusters' values have been decrypted since the last call. */
function decrypted(): Set<string> {
  const clusters = told.mock.calls.map(([place]) => (JSON.parse(text.decode(place)) as readonly string[])[2] ?? '');
  told.mockClear();
  return new Set(clusters);
}

it('decrypts the values of the changed cluster only, while another one keeps the former key in use', async () => {
  for (let index = 1; index <= count; index++) await fixture.cluster(cluster(`c${index}`, { value: `of ${index}` }));
  // One that waits for its backup can't be encrypted anew.
  await fixture.cluster(cluster('waiting', { value: 'hunter2' }));
  const encryptedValue = textOf('waiting');
  await fixture.clusters.delete(context, { namespace, name: 'waiting' });
  await fixture.cluster(cluster('waiting', { encryptedValue }, { [restoringLabel]: '' }));
  await setKey(second);
  await vi.waitFor(() =>
    expect(() => decryptSecretKey(textOf(`c${count}`), second, placeOf(`c${count}`))).not.toThrow(),
  );
  await looked();
  expect(decrypted().size).toBe(count + 1);

  await fixture.changeCluster('c1', ({ metadata }) => (metadata.annotations = { note: 'changed' }));
  await looked();
  expect(decrypted()).toEqual(new Set(['c1']));

  // The key itself is no cluster's change: all is looked at again.
  await setKey('22'.repeat(32));
  await looked();
  expect(decrypted().size).toBe(count + 1);
  expect(formerKeys()).toHaveLength(2);
});

const placeOf = (which: string) => ({ namespace, cluster: which, role: 'only', key: 'password' });
/** Until nothing is decrypted any more. */
async function looked(): Promise<void> {
  let before = -1;
  while (before !== told.mock.calls.length) {
    before = told.mock.calls.length;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
