import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { sampleApp } from './support/samples.ts';
import { serverOf } from './support/server.ts';
import { bind } from './support/users.ts';

interface AuditEvent {
  readonly kind?: string;
  readonly auditID: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly namespace?: string; readonly resource: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly requestObject?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);
const { kubectl } = cluster;
let namespace: string;
beforeAll(async () => {
  namespace = await cluster.makeNamespace('audit');
  await bind(cluster, namespace, 'edit', 'olga');
});
afterAll(() => cluster.dropNamespaces(namespace));

/** Of the namespace. */
async function events(): Promise<readonly AuditEvent[]> {
  const lines = (await server.log()).split('\n').filter((line) => line.startsWith('{"kind":"Event"'));
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter((one) => one.objectRef?.namespace === namespace);
}

describe('the audit log', () => {
  it('records who did what, on whose behalf kube-apiserver asked, and with what outcome', async () => {
    const app = sampleApp({ namespace });
    const wished = JSON.stringify(app);
    const created = await eventually('the binding to count', async () => {
      const done = await kubectl.withInput(wished, 'create', '-f', '-', '--as=olga');
      return done.code === 0 ? done : undefined;
    });
    expect(created.stdout).toContain('created');
    await kubectl.withInput(wished, 'create', '-f', '-', '--as=olga');
    const about = (user: string, code: number) => async () =>
      (await events()).find(
        (one) => one.user.username === user && one.verb === 'create' && one.responseStatus?.code === code,
      );
    const done = await eventually('the event of the creation', about('olga', 201));
    expect(done.objectRef).toMatchObject({ resource: 'kubedirectorapps' });
    expect(done.requestObject).toMatchObject(app);
    expect(done.annotations).toMatchObject({ 'authorization.k8s.io/decision': 'allow' });
    await eventually('the event of the second try', about('olga', 409));
  });

  it('holds no secret at any level', async () => {
    const masterEncryptionKey = 'fedcba9876543210'.repeat(4);
    const metadata = { name: 'kd-global-config', namespace: 'kubedirector' };
    const apiVersion = 'kubedirector.hpe.com/v1beta1';
    await cluster.apply({ apiVersion, kind: 'KubeDirectorConfig', metadata, spec: { masterEncryptionKey } });
    // It cannot be deleted while there are clusters, for example of other suites whose namespaces are still being deleted.
    await eventually('the config to go', async () => {
      return (await kubectl('delete', 'kdconfig/kd-global-config', '-n', metadata.namespace)).code === 0;
    });
    const log = await eventually('the event about the config', async () => {
      const text = await server.log();
      return text.includes('"resource":"kubedirectorconfigs"') ? text : undefined;
    });
    expect(log).not.toContain(masterEncryptionKey);
  });
});
