/** What users read when an object that a cluster needs is wrong or missing. Nobody else may be disturbed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/cluster.ts';
import { guestImage, installation } from './support/installation.ts';
import { ofCluster, sampleApp, sampleCluster } from './support/samples.ts';
import {
  cluster,
  empty,
  faulty,
  inMain,
  limited,
  member,
  namespaces,
  ok,
  packaged,
  packageServer,
  runsAgain,
  statusOf,
  storageClass,
  told,
  vanishing,
  warnings,
  type Fault,
} from './support/faults.ts';

describe.skipIf(installation().form === 'host')('faults are reported (form node)', { timeout: 150_000 }, () => {
  beforeAll(async () => {
    namespaces.main = await cluster.makeNamespace('failures');
    namespaces.quota = await cluster.makeNamespace('quota');
    namespaces.restricted = await cluster.makeNamespace('restricted');
    await ok('label', 'namespace', namespaces.restricted, 'pod-security.kubernetes.io/enforce=restricted');
    await ok('create', 'quota', 'none', '--hard=pods=0', `--namespace=${namespaces.quota}`);
    const { main: namespace } = namespaces;
    const server = `packages.${namespace}.svc.cluster.local`;
    await cluster.apply([
      ...(await packageServer(namespace)),
      ...[vanishing, empty].map(storageClass),
      {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace, name: 'unbound' } },
        spec: {
          storageClassName: empty,
          accessModes: ['ReadWriteMany'],
          resources: { requests: { storage: '1Gi' } },
        },
      },
      { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'fleeting' }, stringData: { a: 'b' } },
    ]);
    await ok('wait', '--for=condition=Ready', 'pod/packages', inMain(), '--timeout=55s');
    // The slowest ones come first.
    const faults: readonly Fault[] = [
      { name: 'hangs', packageURL: packaged('hangs') },
      { name: 'no-bash', image: `${guestImage}-no-bash`, packageURL: packaged('plain') },
      { name: 'vanishing', head: { storage: { size: '1Gi', storageClassName: vanishing } } },
      { name: 'unbound', head: { volumeProjections: [{ pvcName: 'unbound', mountPath: '/data' }] } },
      { name: 'secretive', head: { secret: { name: 'fleeting', mountPath: '/secret' } } },
      { name: 'no-image', image: 'kd.lab/absent:1', workers: 1 },
      { name: 'out-of-memory', image: `${guestImage}-out-of-memory`, head: limited('500m', '24Mi') },
      { name: 'too-big', head: limited('1000', '64Mi'), workers: 1 },
      { name: 'absent', packageURL: `http://${server}:8080/absent.tgz` },
      { name: 'no-archive', packageURL: packaged('no-archive') },
      { name: 'no-startscript', packageURL: packaged('no-startscript') },
      { name: 'failing', packageURL: packaged('failing') },
      { name: 'hungry', packageURL: packaged('hungry'), head: limited('500m', '48Mi') },
      { name: 'no-curl', image: `${guestImage}-no-curl`, packageURL: packaged('plain') },
      { name: 'no-tar', image: `${guestImage}-no-tar`, packageURL: packaged('plain') },
      {
        name: 'tomorrow',
        packageURL: `https://${server}:8443/app.tgz`,
        head: {
          secret: { name: 'authority', mountPath: '/authority' },
          env: [{ name: 'CURL_CA_BUNDLE', value: '/authority/ca' }],
        },
      },
      { name: 'deaf', packageURL: packaged('deaf') },
      { name: 'served' },
    ];
    await cluster.apply(faults.flatMap((fault) => faulty(fault)));
    await cluster.apply([
      ...faulty({ name: 'refused' }, namespaces.quota),
      ...faulty({ name: 'refused' }, namespaces.restricted),
    ]);
    await eventually(
      'the claim whose class goes',
      async () => (await cluster.list('pvc', ofCluster('vanishing'), inMain())).length === 1,
    );
    await ok('delete', 'storageclass', vanishing);
  }, 180_000);
  afterAll(async () => {
    await cluster.dropNamespaces(...Object.values(namespaces).filter((name) => name !== ''));
    await ok('delete', 'storageclass', vanishing, empty, '--ignore-not-found');
  });

  it('while a cluster beside them comes up', async () => {
    await cluster.apply([
      sampleApp({ namespace: namespaces.main, name: 'healthy', packageURL: packaged('plain') }),
      sampleCluster({ namespace: namespaces.main, name: 'healthy', app: 'healthy', workers: 1 }),
    ]);
    await ok('wait', '--for=condition=Ready', 'kdcluster/healthy', inMain(), '--timeout=90s');
  });

  it("an image that can't be pulled, while the other role is set up", async () => {
    const message = await told(['no-image', 'Degraded', 'ImagePullBackOff'], ['kd.lab/absent:1', 'imageRepoTag']);
    const { stateDetail } = await member('no-image');
    expect(message).toContain(stateDetail['podErrorMessage']);
    expect(await warnings('no-image')).toContain("the image kd.lab/absent:1 can't be had");
    await eventually('the worker', async () => (await member('no-image', 'worker')).state === 'configured');
  });

  it.each([
    ['absent', [/fetching the package http:\S+absent.tgz failed/, '404', 'is packageURL']],
    ['no-archive', ['unpacking the package file:///packages/no-archive.tgz failed', 'gzip']],
    ['no-startscript', ['it holds no */startscript', 'a package is a gzipped tar file']],
    ['no-curl', ['the image has no curl']],
    ['no-tar', ['the image has no tar']],
    ['failing', ['startscript --configure failed with exit status 3']],
    ['tomorrow', [/fetching the package https:\S+ failed/, /curl: \(60\).*not yet (valid|activated)/]],
  ])('a set-up that fails: %s', async (name, words) => {
    await told([name, 'Degraded', 'ConfigError'], words);
    const { state, stateDetail } = await member(name);
    expect(state).toBe('config error');
    const said = await warnings(name);
    for (const word of words) {
      expect(stateDetail['configErrorDetail']).toMatch(word);
      expect(said).toMatch(word);
    }
  });

  it('what a startscript that fails has printed', async () => {
    const { stateDetail } = await member('failing');
    expect(stateDetail['startScriptStderrMessage']).toBe('the license is missing\n');
    const steps = Array.from({ length: 500 }, (_, index) => `step ${index + 1}\n`).join('');
    expect(stateDetail['startScriptStdoutMessage']).toBe(steps.slice(-256));
  });

  // Control groups of version 2 end the container with it, version 1 the startscript alone.
  it('a startscript that needs more memory than it may have', async () => {
    await eventually('the want of memory to be told', async () => {
      const { pod, stateDetail } = await member('hungry');
      const degraded = (await statusOf('hungry')).conditions.find(({ type }) => type === 'Degraded');
      expect(['ConfigError', 'OOMKilled']).toContain(degraded?.reason);
      expect(degraded?.message).toMatch(pod);
      expect(stateDetail['configErrorDetail'] ?? stateDetail['podErrorMessage']).toMatch(/need(s|ed) more memory than/);
      return true;
    });
    expect(await warnings('hungry')).toMatch(/need(s|ed) more memory than/);
  });

  it('a container that needs more memory than it may have, and ends again and again', async () => {
    await told(['out-of-memory', 'Degraded', 'OOMKilled'], ['24Mi', 'resources.limits.memory']);
    // Except for the moments in which it runs again.
    await eventually('the detail', async () =>
      (await member('out-of-memory')).stateDetail['podErrorMessage']?.includes('needed more memory'),
    );
    expect(await warnings('out-of-memory')).toContain('needed more memory');
  });

  it('a member that fits no node, while the other role is set up', async () => {
    await told(['too-big', 'Degraded', 'MembersNotScheduled'], ['Insufficient cpu']);
    expect((await member('too-big')).stateDetail['schedulingErrorMessage']).toContain('Insufficient cpu');
    expect(await warnings('too-big')).toContain('Insufficient cpu');
    await eventually('the worker', async () => (await member('too-big', 'worker')).state === 'configured');
  });

  it('an image without bash', async () => {
    await told(['no-bash', 'Degraded', 'PostStartHookError'], ['needs /bin/bash']);
    expect(await warnings('no-bash')).toContain('needs /bin/bash');
  });

  it('a claim whose storage class is gone', async () => {
    const words = [
      /PersistentVolumeClaim p-\S+ gets no volume/,
      `storageclass.storage.k8s.io "${vanishing}" not found`,
    ];
    await told(['vanishing', 'Degraded', 'ProvisioningFailed'], words, { timeoutMs: 120_000 });
    expect(await warnings('vanishing')).toContain('gets no volume');
  });

  it('a claim of another owner that gets no volume', async () => {
    const words = ['the PersistentVolumeClaim unbound gets no volume', 'is there a volume or a provisioner for it'];
    await told(['unbound', 'Degraded', 'ProvisioningFailed'], words);
  });

  it.each(['quota', 'restricted'] as const)('pods that may not be created: %s', async (kind) => {
    const namespace = namespaces[kind];
    const words = ["the pod can't be made", kind === 'quota' ? 'exceeded quota: none' : 'violates PodSecurity'];
    await told(['refused', 'Degraded', 'FailedCreate'], words, { namespace });
    expect(await warnings('refused', namespace)).toContain("the pod can't be made");
  });

  it('a secret that was deleted', async () => {
    await ok('wait', '--for=condition=Ready', 'kdcluster/secretive', inMain(), '--timeout=55s');
    await ok('delete', 'secret', 'fleeting', inMain());
    await ok('delete', `pod/${(await member('secretive')).pod}`, inMain(), '--timeout=55s');
    const words = ["a volume can't be mounted", 'secret "fleeting" not found'];
    await told(['secretive', 'Degraded', 'FailedMount'], words, { timeoutMs: 90_000 });
    expect(await warnings('secretive')).toContain('secret "fleeting" not found');
  });

  it('a member that rejects notifications, and delays nobody', async () => {
    await ok('wait', '--for=condition=Ready', 'kdcluster/deaf', inMain(), '--timeout=55s');
    await ok('scale', 'kdrole/deaf.worker', '--replicas=1', inMain());
    await eventually('the worker', async () => (await member('deaf', 'worker')).state === 'configured', 60_000);
    await told(['deaf', 'Progressing', 'MembersNotified'], ['startscript --addnodes: exit status 1']);
    expect(await warnings('deaf')).toContain('startscript --addnodes: exit status 1');
  });

  it('services change their type in place, and no member restarts', async () => {
    await ok('wait', '--for=condition=Ready', 'kdcluster/served', inMain(), '--timeout=55s');
    const before = await member('served');
    for (const type of ['NodePort', 'ClusterIP']) {
      const patch = JSON.stringify({ spec: { serviceType: type } });
      await ok('patch', 'kdcluster/served', inMain(), '--type=merge', '-p', patch);
      await eventually(`the service to be a ${type}`, async () => {
        const service = await cluster.read<{ spec: { type: string; ports: { nodePort?: number }[] } }>(
          ...['service', before.service, inMain()],
        );
        const hasNodePort = service?.spec.ports[0]?.nodePort !== undefined;
        return service?.spec.type === type && hasNodePort === (type === 'NodePort');
      });
    }
    await ok('wait', '--for=condition=Ready', 'kdcluster/served', inMain(), '--timeout=55s');
    const { lastConfiguredContainer } = (await member('served')).stateDetail;
    expect(lastConfiguredContainer).toBe(before.stateDetail['lastConfiguredContainer']);
  });

  it('a startscript that does not end, until the pod is deleted and the set-up is tried again', async () => {
    const words = [/running startscript --configure for \d+ min/];
    await told(['hangs', 'Progressing', 'MembersCreating'], words, { timeoutMs: 90_000 });
    const { pod, stateDetail } = await member('hangs');
    await ok('delete', `pod/${pod}`, inMain(), '--timeout=55s');
    await eventually('the new container to be set up', async () => {
      const { state, stateDetail: now } = await member('hangs');
      const isNew = now['configuringContainer'] !== stateDetail['configuringContainer'];
      return state === 'creating' && isNew && (await runsAgain(pod));
    });
  });
});
