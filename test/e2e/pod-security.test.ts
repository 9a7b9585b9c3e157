/** Clusters in namespaces that enforce Pod Security Standards, on a real kube-apiserver; in form node in real containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { membersIn, type Members } from './support/members.ts';
import { ofCluster, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok, kubectl } = cluster;
const name = 'one';

const storage = { size: '1Gi' };
const podSecurityContext = {
  ...{ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
};
const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const rootless = {
  roles: [
    { id: 'head', cardinality: '1', podSecurityContext, securityContext },
    { id: 'worker', cardinality: '0+', podSecurityContext, securityContext },
  ],
};

const made: string[] = [];
async function namespaceOf(level: string): Promise<{ readonly namespace: string; readonly at: Members }> {
  const namespace = await cluster.makeNamespace(level);
  made.push(namespace);
  await ok('label', 'namespace', namespace, `pod-security.kubernetes.io/enforce=${level}`);
  return { namespace, at: membersIn(namespace, cluster) };
}
const apply = (object: object, ...args: readonly string[]) =>
  kubectl.withInput(JSON.stringify(object), 'apply', '-f', '-', ...args);

afterAll(async () => {
  await cluster.dropNamespaces(...made);
});

describe('a namespace with the level baseline', () => {
  let namespace: string;
  let at: Members;
  beforeAll(async () => {
    ({ namespace, at } = await namespaceOf('baseline'));
    await cluster.apply(sampleApp({ namespace }));
  });

  it('admits members of apps that ask for nothing, with storage as well', async () => {
    const { code, stderr } = await apply(sampleCluster({ namespace, name, head: { storage } }));
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('PodSecurity')]);
    await at.ready(name);
  });

  it('refuses those that want the file system of the node, and the cluster tells which rule it was', async () => {
    await cluster.apply(sampleApp({ namespace, name: 'booted', spec: { systemdRequired: true } }));
    const { code, stderr } = await apply(sampleCluster({ namespace, name: 'refused', app: 'booted' }));
    const rule = 'hostPath volumes (volumes "cgroupfs", "systemd")';
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`pods of role "head" would violate PodSecurity "baseline:latest": ${rule}`),
    ]);
    const degraded = await eventually('the condition', async () => {
      const { conditions = [] } = await at.statusOf('refused');
      return conditions.find(({ type, status }) => type === 'Degraded' && status === 'True');
    });
    expect(degraded).toMatchObject({
      reason: 'FailedCreate',
      message: expect.stringContaining(`violates PodSecurity "baseline:latest": ${rule}`) as string,
    });
  });
});

describe('a namespace with the level restricted', () => {
  let namespace: string;
  let at: Members;
  beforeAll(async () => {
    ({ namespace, at } = await namespaceOf('restricted'));
    await cluster.apply([
      sampleApp({ namespace }),
      sampleApp({ namespace, name: 'rootless', spec: rootless }),
      sampleApp({ namespace, name: 'packaged', spec: rootless, packageURL: 'file:///packages/recorder.tgz' }),
    ]);
  });

  it('admits members of an app that asks for what it needs, with storage as well', async () => {
    const { code, stderr } = await apply(
      sampleCluster({ namespace, name, app: 'rootless', workers: 1, head: { storage } }),
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('PodSecurity')]);
    await at.ready(name);
  });

  it('admits members with a setup package, which is run by their user where there are containers', async () => {
    await cluster.apply(sampleCluster({ namespace, name: 'packaged', app: 'packaged', workers: 1, head: { storage } }));
    await eventually('the pods', async () => {
      const pods = await cluster.list('pods', ofCluster('packaged'), at.inNamespace);
      return pods.length === 2;
    });
    if (installation().form === 'host') return;
    await at.ready('packaged');
    for (const { members } of (await at.statusOf('packaged')).roles) {
      for (const { pod } of members) {
        const script = 'cat /var/log/guestconfig/calls; id -u; stat -c %u /etc/guestconfig/configmeta.json';
        expect(await at.inside(pod, script)).toMatch(/^--configure\n(--addnodes .*\n)*1000\n1000\n$/);
      }
    }
  });

  it('refuses others, until their role asks for what the level wants', async () => {
    const { code, stderr } = await apply(sampleCluster({ namespace, name: 'mended', head: { storage } }));
    const rule = 'runAsUser=0 (container "init" must not set runAsUser=0)';
    expect([code, stderr]).toEqual([0, expect.stringContaining(rule)]);
    const degraded = await eventually('the condition', async () => {
      const { conditions = [] } = await at.statusOf('mended');
      return conditions.find(({ type, status }) => type === 'Degraded' && status === 'True');
    });
    expect(degraded.message).toContain(rule);
    const head = { storage, podSecurityContext, securityContext };
    expect((await apply(sampleCluster({ namespace, name: 'mended', head }))).stderr).not.toContain('PodSecurity');
    await at.ready('mended');
  });
});
