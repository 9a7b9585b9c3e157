import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { apiServiceName, installation, serviceName, systemNamespace } from './support/installation.ts';
import { renderManifests } from './support/manifests.ts';
import { isAvailable, serverOf } from './support/server.ts';

const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);
const { kubectl, ok } = cluster;
const inSystem = `--namespace=${systemNamespace}`;
const why = await whySkipped();

async function whySkipped(): Promise<string> {
  if (installation().form === 'host') return ' (skipped: the files of a Secret need a pod)';
  const definition = await cluster.read('crd', 'certificates.cert-manager.io');
  return definition === undefined ? ' (skipped: the cluster has no cert-manager)' : '';
}

async function certificateIn(secret: string): Promise<X509Certificate> {
  const found = await cluster.read<{ data: Readonly<Record<string, string>> }>('secret', secret, inSystem);
  return new X509Certificate(Buffer.from(found?.data['tls.crt'] ?? '', 'base64'));
}

async function applyOverlay(overlay?: string): Promise<void> {
  const manifests = await renderManifests(kubectl, installation(), overlay);
  const { code, stderr } = await kubectl.withInput(manifests, 'apply', '-f', '-');
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}: ${stderr}`);
  // The kubelet looks for a Secret that is missing again after two minutes at the latest.
  await ok('rollout', 'status', `deployment/${serviceName}`, inSystem, '--timeout=150s');
  await isAvailable(cluster);
}

/** As cert-manager's command line does it. Resolves with the previous certificate. */
async function renew(certificate: string, secret: string): Promise<X509Certificate> {
  const before = await certificateIn(secret);
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, '');
  const value = { type: 'Issuing', status: 'True', reason: 'Test', message: 'asked by a test', lastTransitionTime };
  const patch = JSON.stringify([{ op: 'add', path: '/status/conditions/-', value }]);
  await ok('patch', `certificate/${certificate}`, inSystem, '--subresource=status', '--type=json', `--patch=${patch}`);
  await eventually(`certificate ${certificate} to be renewed`, async () => {
    return (await certificateIn(secret)).serialNumber !== before.serialNumber;
  });
  return before;
}

/** Sends requests until it is stopped. Resolves with the answers of those that failed. */
async function requests(signal: AbortSignal): Promise<{ answered: number; refused: readonly string[] }> {
  const refused: string[] = [];
  let answered = 0;
  while (!signal.aborted) {
    const { code, stderr } = await kubectl('get', 'kubedirectorapps.kubedirector.hpe.com', '-A');
    if (code === 0) answered++;
    else refused.push(stderr);
  }
  return { answered, refused };
}

describe.skipIf(why !== '')(`a certificate by cert-manager${why}`, { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await applyOverlay('test/e2e/overlays/cert-manager');
    // As the documentation describes the change from one overlay to the other.
    await ok('delete', 'clusterrolebinding,clusterrole', 'kubedirector-own-certificate');
    await ok('delete', 'rolebinding,role', 'kubedirector-own-certificate', inSystem);
    await ok('delete', 'secret/kubedirector-serving', inSystem);
  }, 240_000);
  afterAll(async () => {
    await applyOverlay();
    const issuers = ['issuer/kubedirector-self-signed', 'issuer/kubedirector-ca'];
    await ok('delete', 'certificate/kubedirector', 'certificate/kubedirector-ca', ...issuers, inSystem);
    await ok('delete', 'secret/kubedirector-tls', 'secret/kubedirector-ca', inSystem);
  }, 240_000);

  it('is used by the server, which may write neither Secrets nor its APIService', async () => {
    expect(await server.log()).toContain((await certificateIn('kubedirector-tls')).serialNumber);
    const as = `--as=system:serviceaccount:${systemNamespace}:${serviceName}`;
    for (const verb of ['create', 'update', 'patch', 'delete']) {
      for (const what of ['secrets', `apiservices.apiregistration.k8s.io/${apiServiceName}`]) {
        const { stdout } = await kubectl('auth', 'can-i', verb, what, as, inSystem);
        expect([verb, what, stdout.trim()]).toEqual([verb, what, 'no']);
      }
    }
  });

  it('is renewed together with its CA, while the same server continues to answer everybody', async () => {
    const podsBefore = await ok('get', 'pods', inSystem, '-o', 'name');
    const stop = new AbortController();
    const asked = requests(stop.signal);
    let caBefore: X509Certificate;
    try {
      caBefore = await renew('kubedirector-ca', 'kubedirector-ca');
      await renew('kubedirector', 'kubedirector-tls');
      const { serialNumber } = await certificateIn('kubedirector-tls');
      const isShown = async (): Promise<boolean> => (await server.log()).includes(serialNumber);
      await eventually('the server to show the new certificate', isShown, 150_000);
    } finally {
      stop.abort();
    }
    const { answered, refused } = await asked;
    expect(refused).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    const ca = await certificateIn('kubedirector-ca');
    expect(ca.publicKey.equals(caBefore.publicKey)).toBe(true);
    expect((await certificateIn('kubedirector-tls')).verify(ca.publicKey)).toBe(true);
    expect(await ok('get', 'pods', inSystem, '-o', 'name')).toBe(podsBefore);
    await isAvailable(cluster);
  });
});
