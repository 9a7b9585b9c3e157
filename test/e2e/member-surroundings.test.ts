/** What real containers find: certificates that they trust, volumes of others, the old layout. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { membersIn, type Members } from './support/members.ts';
import { sampleApp, sampleCluster, type ClusterOptions } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let at: Members;

const apply = (options: Omit<ClusterOptions, 'namespace'>) => cluster.apply(sampleCluster({ namespace, ...options }));

/** Serves the package `plain` by https, under a certificate of an authority whose own is in the Secret `trusted`. */
async function packageServer(): Promise<{ readonly objects: readonly object[]; readonly url: string }> {
  const host = `packages.${namespace}.svc.cluster.local`;
  const authority = await createAuthority();
  const { cert, key } = await authority.issue('CN=packages', { usage: 'serverAuth', names: [host] });
  const tgz = execFileSync('tar', ['-C', 'test/e2e/packages', '-cz', 'plain']).toString('base64');
  const script = `
    const { readFileSync } = require('node:fs');
    const [cert, key, tgz] = ['cert', 'key', 'tgz'].map((name) => readFileSync('/served/' + name));
    require('node:https').createServer({ cert, key }, (_, response) => response.end(tgz)).listen(8443);`;
  const labels = { app: 'packages' };
  const metadata = { namespace, name: 'packages' };
  const container = {
    ...{
      name: 'server',
      image: process.env['E2E_IMAGE'] ?? 'kd.lab/kubedirector:test',
      command: ['node', '-e', script],
    },
    volumeMounts: [{ name: 'served', mountPath: '/served' }],
  };
  const secret = (name: string, content: object): object => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } },
    ...content,
  });
  return {
    url: `https://${host}:8443/plain.tgz`,
    objects: [
      secret('packages', { stringData: { cert, key }, data: { tgz } }),
      secret('trusted', { stringData: { 'ca.crt': authority.cert } }),
      {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels } },
        spec: { containers: [container], volumes: [{ name: 'served', secret: { secretName: 'packages' } }] },
      },
      { ...{ apiVersion: 'v1', kind: 'Service', metadata }, spec: { selector: labels, ports: [{ port: 8443 }] } },
    ],
  };
}

describe.skipIf(installation().form === 'host')('the surroundings of members (form node)', () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('surroundings');
    at = membersIn(namespace, cluster);
    const { objects, url } = await packageServer();
    const packageURL = 'file:///packages/plain.tgz';
    await cluster.apply([
      ...objects,
      sampleApp({ namespace, name: 'by-https', packageURL: url }),
      sampleApp({ namespace, name: 'plain', packageURL }),
      sampleApp({ namespace, name: 'old', packageURL, layout: 'old' }),
    ]);
    await ok('wait', '--for=condition=Ready', 'pod/packages', at.inNamespace, '--timeout=55s');
  });
  afterAll(async () => {
    await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
    await cluster.dropNamespaces(namespace);
  });

  it('let a package be fetched by https from a server that a mounted Secret makes trusted', async () => {
    const secret = { name: 'trusted', mountPath: '/etc/trusted', readOnly: true };
    const env = [{ name: 'CURL_CA_BUNDLE', value: '/etc/trusted/ca.crt' }];
    await apply({ name: 'by-https', app: 'by-https', head: { secret, env } });
    await at.ready('by-https');
    expect(await at.inside((await at.member('by-https')).pod, 'cat /tmp/startscript.calls')).toBe('--configure\n');
  });

  it('refuse a server that is not trusted, and name the file', async () => {
    const srcURL = `https://packages.${namespace}.svc.cluster.local:8443/file`;
    await apply({ name: 'untrusting', app: 'plain', head: { fileInjections: [{ srcURL, destDir: '/srv' }] } });
    const detail = await eventually(
      'the set-up to fail',
      async () => (await at.member('untrusting')).stateDetail?.configErrorDetail,
      60_000,
    );
    expect(detail).toContain(`injecting ${srcURL} into /srv failed with exit status 60: curl: (60)`);
    expect(detail).toContain('is srcURL of the fileInjections right');
    expect(await at.inside((await at.member('untrusting')).pod, 'ls -A /srv')).toBe('');
  });

  it('have other volumes mounted, read-only if the cluster asks for it', async () => {
    await cluster.apply({
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace, name: 'shared' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const projection = { pvcName: 'shared', mountPath: '/srv/shared' };
    await apply({ name: 'writer', app: 'plain', head: { volumeProjections: [projection] } });
    await at.ready('writer');
    await at.inside((await at.member('writer')).pod, 'echo from writer > /srv/shared/file');
    await apply({ name: 'reader', app: 'plain', head: { volumeProjections: [{ ...projection, readOnly: true }] } });
    await at.ready('reader');
    const script = 'cat /srv/shared/file; touch /srv/shared/other 2>&1 || true';
    expect(await at.inside((await at.member('reader')).pod, script)).toMatch(/^from writer\n.*Read-only file system/);
  });

  it('keep the files of the old layout in /opt and /usr on a volume, and need no second set-up', async () => {
    await apply({ name: 'old', app: 'old', head: { storage: { size: '1Gi' } } });
    await at.ready('old');
    const { pod, stateDetail } = await at.member('old');
    const asked = 'cat /tmp/startscript.calls; /usr/bin/configcli --get node.role_id; ls -d /opt/guestconfig/plain';
    expect(await at.inside(pod, asked)).toBe('--configure\nhead\n/opt/guestconfig/plain\n');
    await ok('delete', `pod/${pod}`, at.inNamespace, '--timeout=55s');
    await eventually(
      'the member to be back in another container',
      async () => {
        const { state, stateDetail: detail } = await at.member('old');
        return state === 'configured' && detail?.lastConfiguredContainer !== stateDetail?.lastConfiguredContainer;
      },
      60_000,
    );
    const kept = '[ ! -e /tmp/startscript.calls ]; /usr/bin/bd_vcli --get node.role_id; ls -d /opt/guestconfig/plain';
    expect(await at.inside(pod, kept)).toBe('head\n/opt/guestconfig/plain\n');
  }, 120_000);
});
