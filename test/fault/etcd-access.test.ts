import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openEtcdStore, type EtcdOptions } from '../../src/storage/etcd/index.ts';
import { createAuthority, type Authority, type Pair } from '../support/certificates.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { EtcdLoad, rest } from './etcd-load.ts';

const title = 'access to etcd';

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? `${title} (${noEtcd})` : title, () => {
  let folder: string;
  let cluster: EtcdCluster | undefined;
  const stores: Store[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kd-etcd-access-'));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await cluster?.stop();
    cluster = undefined;
    await rm(folder, { recursive: true });
  });

  async function opened(options: Partial<EtcdOptions> & Pick<EtcdOptions, 'endpoints'>): Promise<Store> {
    const common = { clock: systemClock, random: Math.random, logger: silentLogger, compactEveryMs: 0 };
    const pace = { startMs: 5_000, tlsMs: 50, ...options.pace };
    const store = await openEtcdStore({ ...common, ...options, pace });
    stores.push(store);
    return store;
  }
  const path = (name: string): string => join(folder, name);
  /** Whoever reads sees the old text or the new one. */
  async function write(name: string, text: string): Promise<string> {
    await writeFile(path(`${name}.new`), text);
    await rename(path(`${name}.new`), path(name));
    return path(name);
  }
  async function writePair(name: string, { cert, key }: Pair): Promise<{ cert: string; key: string }> {
    return { key: await write(`${name}.key`, key), cert: await write(`${name}.crt`, cert) };
  }

  describe('with TLS and client certificates', () => {
    let old: Authority;
    let tls: { ca: string; cert: string; key: string };
    let flags: string[];

    beforeEach(async () => {
      old = await createAuthority('CN=old-ca');
      const server = await writePair('server', await old.issue('CN=etcd', { usage: 'none' }));
      tls = { ca: await write('ca.crt', old.cert), ...(await writePair('client', await old.issue('CN=client'))) };
      const trusted = await write('trusted.crt', old.cert);
      flags = [
        '--cert-file',
        server.cert,
        '--key-file',
        server.key,
        '--client-cert-auth',
        '--trusted-ca-file',
        trusted,
      ];
      const ctlFlags = ['--cacert', tls.ca, '--cert', tls.cert, '--key', tls.key];
      cluster = await startEtcd({ scheme: 'https', flags, ctlFlags });
    });

    it('is refused to others, and to members that others vouch for', async () => {
      const { endpoints } = cluster!;
      const pace = { startMs: 5_000 };
      await expect(opened({ endpoints, tls: { ca: tls.ca }, pace })).rejects.toThrow(/no etcd member can be used/);
      const other = await createAuthority('CN=other-ca');
      const otherTls = { ...tls, ca: await write('other.crt', other.cert) };
      await expect(opened({ endpoints, tls: otherTls, pace })).rejects.toThrow(/no etcd member can be used/);
      const broken = { ...tls, cert: await write('broken.crt', 'no certificate') };
      await expect(opened({ endpoints, tls: broken, pace })).rejects.toThrow(/certificates for etcd cannot be used/);
    });

    it('goes on under load while authority and certificates are replaced', async () => {
      const store = await opened({ endpoints: cluster!.endpoints, tls });
      const load = new EtcdLoad(store, await store.barrier());
      await load.progress();
      const next = await createAuthority('CN=next-ca');
      // Half a pair, as it may lie there for a moment: what was used before is used on.
      const pair = await next.issue('CN=client');
      await write('client.crt', pair.cert);
      await rest(200);
      await load.progress();
      await writePair('client', pair);
      await write('ca.crt', `${old.cert}\n${next.cert}`);
      await rest(200);
      // From now on etcd trusts the next authority only, and has a certificate of it.
      await writePair('server', await next.issue('CN=etcd', { usage: 'none' }));
      await write('trusted.crt', next.cert);
      await cluster!.members[0]!.kill();
      cluster!.members[0]!.start();
      await load.progress();
      await write('ca.crt', next.cert);
      await rest(200);
      await load.progress();
      expect(await load.problems()).toEqual([]);
    });
  });

  describe('with users and roles', () => {
    const user = () => ({ name: 'director', passwordFile: path('password') });

    async function startWithUsers(): Promise<EtcdCluster> {
      const started = await startEtcd({ flags: ['--auth-token-ttl=1'], ctlFlags: [] });
      cluster = started;
      await write('password', 'secret\n');
      await started.ctl('user', 'add', 'root:root');
      await started.ctl('user', 'grant-role', 'root', 'root');
      await started.ctl('role', 'add', 'director');
      await started.ctl('role', 'grant-permission', 'director', '--prefix=true', 'readwrite', '/kubedirector/');
      await started.ctl('user', 'add', 'director:secret');
      await started.ctl('user', 'grant-role', 'director', 'director');
      await started.ctl('auth', 'enable');
      return started;
    }
    const asRoot = (...args: string[]) => cluster!.ctl('--user', 'root:root', ...args);

    it('works with a role on the prefix alone, also after the token has expired and the password has changed', async () => {
      const { endpoints } = await startWithUsers();
      const store = await opened({ endpoints, user: user() });
      const load = new EtcdLoad(store, await store.barrier());
      await load.progress();
      expect(await load.problems()).toEqual([]);
      await cluster!.ctlReading('other', '--user', 'root:root', 'user', 'passwd', '--interactive=false', 'director');
      await write('password', 'other');
      await rest(2_500);
      expect(await store.read('/load/0/a')).toBeDefined();
      const later = new EtcdLoad(store, await store.barrier(), { writers: 1 });
      // Changes the revision of the users: tokens from before are refused.
      await asRoot('role', 'add', 'another');
      await later.progress();
      await cluster!.members[0]!.kill();
      cluster!.members[0]!.start();
      await later.progress();
      // Its list shows what the first one left, too.
      await expect(store.list('/load/')).resolves.toBeDefined();
    });

    it('says what is missing', async () => {
      const { endpoints } = await startWithUsers();
      const pace = { startMs: 500 };
      await expect(opened({ endpoints, pace })).rejects.toThrow(/user name is empty/);
      await expect(opened({ endpoints, user: user(), prefix: '/other', pace })).rejects.toThrow(
        /grant its role the prefix/,
      );
      await write('password', 'wrong');
      await expect(opened({ endpoints, user: user(), pace })).rejects.toThrow(/authentication failed/);
      await rm(path('password'));
      await expect(opened({ endpoints, user: user(), pace })).rejects.toThrow(/password of etcd's user cannot be read/);
    });

    it('says once that it may not compact', async () => {
      const { endpoints } = await startWithUsers();
      const said: string[] = [];
      const logger: Logger = { ...silentLogger, warn: (_, message) => void said.push(message) };
      await opened({ endpoints, user: user(), logger, compactEveryMs: 50, largestCommitBytes: 1000 });
      await vi.waitFor(() => {
        expect(said).toContainEqual(expect.stringContaining('no right to compact etcd'));
      });
      await rest(300);
      expect(said).toHaveLength(1);
    });
  });
});
