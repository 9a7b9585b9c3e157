/** The set-up of members in real containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropConfig, eventually } from './support/cluster.ts';
import { guestImage, installation, systemNamespace } from './support/installation.ts';
import { membersIn } from './support/members.ts';
import { ofCluster, sampleApp } from './support/samples.ts';
import {
  apply,
  at,
  calls,
  cluster,
  configuring,
  document,
  env,
  namespace,
  ok,
  serveFiles,
  server,
  setAt,
  setNamespace,
  verbs,
} from './support/member-setup.ts';

describe.skipIf(installation().form === 'host')('the set-up of members in real containers (form node)', () => {
  let files: string;

  beforeAll(async () => {
    setNamespace(await cluster.makeNamespace('member-setup'));
    setAt(membersIn(namespace, cluster));
    files = await serveFiles();
    const packageURL = 'file:///packages/recorder.tgz';
    await cluster.apply([
      sampleApp({ namespace, name: 'recorder', packageURL }),
      sampleApp({ namespace, name: 'one-second', packageURL: 'file:///packages/one-second.tgz' }),
      sampleApp({ namespace, name: 'old-layout', packageURL, layout: 'old' }),
      sampleApp({ namespace, name: 'by-http', packageURL: `${files}/package.tgz` }),
      sampleApp({ namespace, name: 'with-systemd', packageURL, spec: { systemdRequired: true } }),
    ]);
  });
  afterAll(async () => {
    await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
    await dropConfig(cluster);
    await cluster.dropNamespaces(namespace);
  });

  it('fetches a package by http, and files into the directories asked for', async () => {
    const injection = {
      srcURL: `${files}/file.txt?version=1`,
      destDir: '/srv/injected',
      permissions: { fileMode: 0o640, fileOwner: 'root', fileGroup: '12' },
    };
    await apply({ name: 'by-http', app: 'by-http', head: { fileInjections: [injection] } });
    await at.ready('by-http');
    const { pod } = await at.member('by-http');
    expect(await at.inside(pod, 'cat /srv/injected/file.txt; stat -c "%a %u %g" /srv/injected/file.txt')).toBe(
      'injected\n640 0 12\n',
    );
    expect(await verbs(pod)).toEqual(['--configure']);
    expect(await at.inside(pod, 'stat -c %a /opt/guestconfig; ls /opt/guestconfig')).toMatch(/^700\n[^]*recorder/);
  });

  it('takes a package from an image, in members without curl', async () => {
    const packageURL = 'oci://kd.lab/package:1';
    const spec = { defaultImageRepoTag: `${guestImage}-no-curl` };
    await cluster.apply(sampleApp({ namespace, name: 'in-image', packageURL, spec }));
    await apply({ name: 'in-image', app: 'in-image' });
    await at.ready('in-image');
    const { pod } = await at.member('in-image');
    expect(await verbs(pod)).toEqual(['--configure']);
    expect(await at.inside(pod, 'ls /run/kubedirector/package')).toBe('recorder\n');
    expect(await at.inside(pod, 'touch /run/kubedirector/package/x 2>&1 || true')).toContain('Read-only file system');
  });

  it('sets many members up in parallel, with few commands in each', async () => {
    const execs = async (): Promise<number> => {
      const lines = (await ok('get', '--raw', '/metrics')).split('\n');
      const counts = lines.filter((line) => /^apiserver_request_total\{.*subresource="exec"/.test(line));
      return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const before = await execs();
    await apply({ name: 'many', app: 'one-second', workers: 9 });
    const pods = () => cluster.list('pods', ofCluster('many'), at.inNamespace);
    await eventually('all pods to run', async () => {
      const phases = (await pods()).map(({ status }) => status?.['phase']);
      return phases.length === 10 && phases.every((phase) => phase === 'Running');
    });
    const running = Date.now();
    await at.ready('many');
    // An idle machine takes 2.6 s and 4 commands for each member.
    expect(Date.now() - running).toBeLessThan(15_000);
    expect((await execs()) - before).toBeLessThan(100);
    await ok('delete', 'kdcluster/many', at.inNamespace, '--timeout=55s');
  });

  it('uses the layout that the package asks for', async () => {
    await apply({ name: 'old-layout', app: 'old-layout' });
    await at.ready('old-layout');
    const modes = 'stat -c %a /etc/guestconfig /etc/guestconfig/configmeta.json; echo "${PYTHONUSERBASE:-none}"';
    expect(await at.inside((await at.member('old-layout')).pod, modes)).toBe('755\n644\nnone\n');
    expect(await at.inside((await at.member('by-http')).pod, modes)).toBe('700\n644\n/usr/local\n');
  });

  it('waits for systemd if the app needs it, and says so', async () => {
    await apply({ name: 'with-systemd', app: 'with-systemd' });
    const progressing = async (): Promise<string> =>
      (await at.statusOf('with-systemd')).conditions?.find(({ type }) => type === 'Progressing')?.message ?? '';
    await eventually(
      'the wait for systemd to be told',
      async () => (await progressing()).includes('waiting for systemd'),
      60_000,
    );
    const { pod } = await at.member('with-systemd');
    await at.inside(pod, ': > /tmp/systemd-is-up');
    await at.ready('with-systemd');
    expect(await verbs(pod)).toEqual(['--configure']);
  });

  it('passes connections, secret keys and tokens on, and notifies members of changes', async () => {
    const text = (kind: string, name: string, label: string, content: object): object => ({
      ...{ apiVersion: 'v1', kind, ...content },
      metadata: { name, namespace, labels: { [`kubedirector.hpe.com/${label}`]: 'mine' } },
    });
    await cluster.apply([
      text('ConfigMap', 'settings', 'cmType', { data: { color: 'blue' } }),
      text('Secret', 'password', 'secretType', { stringData: { word: 'open sesame' } }),
      {
        ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorConfig', spec: {} },
        metadata: { name: 'kd-global-config', namespace: systemNamespace },
      },
    ]);
    const connections = { clusters: ['by-http'], configmaps: ['settings'], secrets: ['password'] };
    await apply({
      ...{ name: 'connected', app: 'recorder', spec: { connections } },
      head: { secretKeys: [{ name: 'license', value: 'swordfish' }] },
    });
    await at.ready('connected');
    interface Document {
      nodegroups: {
        1: { roles: Record<string, { secret_keys: object; services: Record<string, { authToken: string }> }> };
      };
      connections: {
        clusters: Record<string, { cluster: { name: string } }>;
        configmaps: { mine: { data: Record<string, string> }[] };
        secrets: { mine: { data: Record<string, string> }[] };
      };
    }
    const { pod, service, authToken = '' } = await at.member('connected');
    const found = await document<Document>(pod);
    const head = found.nodegroups[1].roles['head'];
    expect(head?.secret_keys).toEqual({ license: 'swordfish' });
    expect(authToken).toMatch(/^\S{16,}$/);
    expect(head?.services['page']?.authToken).toBe(authToken);
    const annotation = 'kubedirector.hpe.com/kd-auth-token';
    expect((await cluster.read('service', service, at.inNamespace))?.metadata.annotations?.[annotation]).toBe(
      authToken,
    );
    expect(found.connections.clusters['by-http']?.cluster.name).toBe('by-http');
    expect(found.connections.configmaps.mine[0]?.data).toEqual({ color: 'blue' });
    expect(found.connections.secrets.mine[0]?.data).toEqual({ word: Buffer.from('open sesame').toString('base64') });

    await ok('patch', 'configmap/settings', at.inNamespace, '--type=merge', '-p', '{"data":{"color":"red"}}');
    await eventually('the changed ConfigMap to be told', async () => (await verbs(pod)).includes('--reconnect'));
    expect((await document<Document>(pod)).connections.configmaps.mine[0]?.data).toEqual({ color: 'red' });
    await at.ready('connected');
    const word = Buffer.from('open barley').toString('base64');
    await ok('patch', 'secret/password', at.inNamespace, '--type=merge', '-p', `{"data":{"word":"${word}"}}`);
    const reconnects = async () => (await verbs(pod)).filter((verb) => verb === '--reconnect').length;
    await eventually('the changed Secret to be told', async () => (await reconnects()) === 2);
    expect((await document<Document>(pod)).connections.secrets.mine[0]?.data).toEqual({ word });
    await at.ready('connected');
    await ok('scale', 'kdrole/by-http.worker', '--replicas=1', at.inNamespace);
    await eventually(
      'the new member of the connected cluster to be told',
      async () => (await reconnects()) === 3,
      60_000,
    );
    await at.ready('connected');
  }, 120_000);

  it('delivers notifications in order, and repeats each until it is accepted', async () => {
    await apply({ name: 'told', app: 'recorder', head: env({ RECORDER_REFUSALS: '2' }) });
    await at.ready('told');
    const { pod } = await at.member('told');
    await ok('scale', 'kdrole/told.worker', '--replicas=1', at.inNamespace);
    await eventually(
      'the first call to be refused and shown',
      async () => (await ok('describe', 'kdcluster/told', at.inNamespace)).includes('exit status 9 (not yet)'),
      60_000,
    );
    await eventually('the call to be taken', async () => (await verbs(pod)).length === 4, 60_000);
    await at.ready('told');
    await ok('scale', 'kdrole/told.worker', '--replicas=0', at.inNamespace);
    await eventually('the call for the one that leaves', async () => (await verbs(pod)).length === 5, 60_000);
    await at.ready('told');
    expect(await verbs(pod)).toEqual(['--configure', '--addnodes', '--addnodes', '--addnodes', '--delnodes']);
    const [, first, second, third, last] = await calls(pod);
    expect(new Set([first, second, third]).size).toBe(1);
    expect(last).toContain('--fqdns told-worker-');
    expect((await at.member('told')).stateDetail?.pendingNotifyCmds).toBeUndefined();
  }, 120_000);

  it('continues after the server was killed during a run, without a second run', async () => {
    await apply({ name: 'unwatched', app: 'recorder', head: env({ RECORDER_SLEEP: '8' }) });
    const pod = await configuring('unwatched');
    await server.stop('SIGKILL');
    expect(await verbs(pod)).toEqual(['--configure']);
    await server.start();
    await at.ready('unwatched');
    expect(await verbs(pod)).toEqual(['--configure']);
  }, 180_000);

  it('sends no notification twice if the server is killed during one', async () => {
    await apply({ name: 'interrupted', app: 'recorder', head: env({ RECORDER_PAUSE: '6' }) });
    await at.ready('interrupted');
    const { pod } = await at.member('interrupted');
    await ok('scale', 'kdrole/interrupted.worker', '--replicas=1', at.inNamespace);
    await eventually('the call', async () => (await verbs(pod)).at(-1) === '--addnodes', 60_000);
    await server.stop('SIGKILL');
    await server.start();
    await at.ready('interrupted');
    expect(await verbs(pod)).toEqual(['--configure', '--addnodes']);
    expect((await at.member('interrupted')).stateDetail?.pendingNotifyCmds).toBeUndefined();
  }, 180_000);

  it('starts over if the pod is deleted during a run', async () => {
    await apply({ name: 'deleted', app: 'recorder', head: env({ RECORDER_SLEEP: '3' }) });
    const pod = await configuring('deleted');
    const before = (await cluster.read('pod', pod, at.inNamespace))?.metadata.uid;
    await ok('delete', `pod/${pod}`, at.inNamespace, '--grace-period=0', '--force');
    await eventually('the pod to be made again', async () => {
      const { uid } = (await cluster.read('pod', pod, at.inNamespace))?.metadata ?? { uid: before };
      return uid !== before;
    });
    await eventually('the run in the new pod', async () => (await verbs(pod)).length === 1, 60_000);
    await at.ready('deleted');
    expect(await verbs(pod)).toEqual(['--configure']);
  }, 120_000);

  it('shows the progress of copying into a new volume, and sets nothing up twice on it', async () => {
    await apply({ name: 'kept', app: 'recorder', head: { storage: { size: '1Gi' } } });
    await eventually(
      'the progress of the copying',
      async () => /\d+%/.test((await at.member('kept')).stateDetail?.storageInitProgress ?? ''),
      60_000,
    );
    await at.ready('kept');
    const { pod, stateDetail } = await at.member('kept');
    expect(stateDetail?.storageInitProgress).toBeUndefined();
    await ok('delete', `pod/${pod}`, at.inNamespace, '--timeout=55s');
    await eventually(
      'the member to be back in another container',
      async () => {
        const { state, stateDetail: detail } = await at.member('kept');
        return state === 'configured' && detail?.lastConfiguredContainer !== stateDetail?.lastConfiguredContainer;
      },
      60_000,
    );
    await at.ready('kept');
    expect(await verbs(pod)).toEqual(['--configure']);
  }, 120_000);

  it(`leaves no process behind in ${guestImage}`, async () => {
    const { pod } = await at.member('connected');
    const script = 'for p in /proc/[0-9]*/cmdline; do tr "\\0" " " < $p; echo; done; ls -A /opt/guestconfig';
    const found = await at.inside(pod, script);
    expect(found).not.toMatch(/kd-(setup|notify) /);
    expect(found).not.toMatch(/\.lock|\.setup\.\d/);
  });
});
