/** Keys and tokens that change while members run, in real containers. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, dropConfig, eventually } from './support/cluster.ts';
import { installation, systemNamespace } from './support/installation.ts';
import { membersIn, type Member, type Members } from './support/members.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let at: Members;

const inSystem = ['kd-global-config', '-n', systemNamespace] as const;
const apply = (value: string): Promise<string> => {
  const head = { secretKeys: [{ name: 'license', value }] };
  return cluster.apply(sampleCluster({ namespace, name: 'one', workers: 1, head }));
};
const members = async (): Promise<readonly Member[]> =>
  (await at.statusOf('one')).roles.flatMap((role) => role.members);
const containers = async (): Promise<unknown[]> =>
  (await members()).map(({ stateDetail }) => stateDetail?.lastConfiguredContainer);

interface Document {
  readonly nodegroups: {
    readonly 1: {
      readonly roles: Record<
        string,
        { readonly secret_keys: object; readonly services: Record<string, { readonly authToken: string }> }
      >;
    };
  };
}
/** What a member's configmeta.json says of the head. */
async function headIn({ pod }: Member) {
  const text = await at.inside(pod, 'cat /etc/guestconfig/configmeta.json');
  const head = (JSON.parse(text) as Document).nodegroups[1].roles['head'];
  return { values: head?.secret_keys, token: head?.services['page']?.authToken };
}
const calls = ({ pod }: Member): Promise<string> => at.inside(pod, 'cat /var/log/guestconfig/calls');

/** As it is stored. */
async function encrypted(): Promise<string> {
  const found = await cluster.read<{ spec: { roles: { secretKeys?: { encryptedValue?: string }[] }[] } }>(
    ...['kdcluster', 'one', at.inNamespace],
  );
  return found?.spec.roles[0]?.secretKeys?.[0]?.encryptedValue ?? '';
}

describe.skipIf(installation().form === 'host')('keys and tokens in real containers (form node)', () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('key-rotation');
    at = membersIn(namespace, cluster);
    await cluster.apply({
      ...{ apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorConfig', spec: {} },
      metadata: { name: 'kd-global-config', namespace: systemNamespace },
    });
    await cluster.apply(sampleApp({ namespace, packageURL: 'file:///packages/recorder.tgz' }));
    await apply('swordfish');
    await at.ready('one');
  });
  afterAll(async () => {
    await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
    await dropConfig(cluster);
    await cluster.dropNamespaces(namespace);
  });

  it('keeps values under another masterEncryptionKey, and restarts nobody', async () => {
    const [head] = await members();
    if (head === undefined) throw new Error('there is no head');
    // The head is told of a worker that has joined after it.
    await ok('wait', '--for=condition=Progressing=false', 'kdcluster/one', at.inNamespace, '--timeout=55s');
    const told = await calls(head);
    const before = [await containers(), await encrypted()] as const;
    expect(before[1]).toMatch(/^[0-9a-f]{32,}/);
    const spec = { masterEncryptionKey: randomBytes(32).toString('hex') };
    await ok('patch', 'kdconfig', ...inSystem, '--type=merge', '-p', JSON.stringify({ spec }));
    await eventually('the former key to be forgotten', async () => {
      const config = await cluster.read('kdconfig', ...inSystem);
      return config !== undefined && config.status?.['formerEncryptionKeys'] === undefined;
    });
    expect(await encrypted()).not.toBe(before[1]);
    await at.ready('one');
    expect((await headIn(head)).values).toEqual({ license: 'swordfish' });
    expect(await containers()).toEqual(before[0]);
    expect(await calls(head)).toBe(told);
  });

  it('gives all members other tokens, tells them of it, and restarts nobody', async () => {
    const [before, old] = [await containers(), (await at.member('one')).authToken];
    expect(old).toMatch(/^\S{16,}$/);
    const authTokensRenewedAt = `${new Date().toISOString().slice(0, 19)}Z`;
    const patch = JSON.stringify({ spec: { authTokensRenewedAt } });
    await ok('patch', 'kdcluster/one', '--type=merge', '-p', patch, at.inNamespace);
    const token = await eventually('another token', async () => {
      const { authToken } = await at.member('one');
      return authToken !== old && authToken;
    });
    for (const member of await members()) {
      await eventually(`${member.pod} to be told`, async () => (await calls(member)).endsWith('--reconnect\n'));
      expect((await headIn(member)).token).toBe(token);
    }
    const { service } = await at.member('one');
    const { metadata } = (await cluster.read('service', service, at.inNamespace)) ?? {};
    expect(metadata?.annotations?.[`${group}/kd-auth-token`]).toBe(token);
    await at.ready('one');
    expect(await containers()).toEqual(before);
  });

  it('brings another value to the members of its role by a restart, and restarts no others', async () => {
    const [head, worker] = await containers();
    await apply('pike');
    await eventually('another container of the head', async () => (await containers())[0] !== head, 60_000);
    await at.ready('one');
    expect((await headIn(await at.member('one'))).values).toEqual({ license: 'pike' });
    expect((await containers())[1]).toBe(worker);
  });
});
