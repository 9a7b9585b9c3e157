import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAuthority, makeLeaf } from '../../../src/pki/certificates.ts';
import type { KeyPair } from '../../../src/pki/key-pair.ts';
import { ConfigurationError } from '../../../src/server/configuration-error.ts';
import { day, ServingWorld } from './serving-fixture.ts';

let world: ServingWorld;
let folder: string;
let files: { cert: string; key: string };
beforeEach(async () => {
  world = new ServingWorld();
  folder = await mkdtemp(join(tmpdir(), 'kd-tls-'));
  files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
});
afterEach(async () => {
  world.stop();
  await rm(folder, { recursive: true });
});

const leafOf = (authority: KeyPair, days = 90): Promise<KeyPair> =>
  makeLeaf(authority, { subject: 'CN=given', usage: 'server', dnsNames: ['kd'], days }, world.clock.now());
const newAuthority = (name = 'given-ca'): Promise<KeyPair> => makeAuthority(name, world.clock.now());

async function write({ certificate, key }: KeyPair): Promise<void> {
  await writeFile(files.cert, certificate);
  await writeFile(files.key, key);
}

const start = (extra: { caFile?: string } = {}) => world.start({ certificate: { files, extraNames: [], ...extra } });

/** Updates the files as kubelet does in a Secret volume: they are links through `..data`, which it replaces at once. */
async function mount(pair: KeyPair, version: string): Promise<void> {
  await mkdir(join(folder, version));
  await writeFile(join(folder, version, 'tls.crt'), pair.certificate);
  await writeFile(join(folder, version, 'tls.key'), pair.key);
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

describe('A certificate from files', () => {
  it('is served unchanged, without changes to the Secret or the APIService', async () => {
    world.register();
    const pair = await leafOf(await newAuthority());
    await write(pair);
    const { running } = await start();
    await world.idle();
    expect(running.credentials).toEqual({ cert: pair.certificate, key: pair.key });
    expect(world.secret()).toBeUndefined();
    expect(world.caBundle()).toBeUndefined();
  });

  it('is read again when the links to it are replaced', async () => {
    const authority = await newAuthority();
    await mount(await leafOf(authority), 'v1');
    for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(folder, name));
    const replica = await start();
    await world.advance(10_000);
    expect(replica.updates()).toBe(0);
    const second = await leafOf(authority);
    await mount(second, 'v2');
    await world.advance(10_000);
    expect(replica.running.credentials).toEqual({ cert: second.certificate, key: second.key });
    expect(replica.updates()).toBe(1);
  });

  it('is kept, with one warning, until the key and the certificate match again', async () => {
    const authority = await newAuthority();
    const [first, second] = [await leafOf(authority), await leafOf(authority)];
    await write(first);
    const replica = await start();
    await writeFile(files.cert, second.certificate);
    await world.advance(10_000);
    await world.advance(10_000);
    expect(replica.running.credentials.cert).toBe(first.certificate);
    const problem = `the key in ${files.key} does not belong to the certificate in ${files.cert}`;
    expect(replica.log.filter(({ level }) => level === 'warn')).toEqual([
      { level: 'warn', message: 'the serving certificate is not replaced', error: problem },
    ]);
    await writeFile(files.key, second.key);
    await world.advance(10_000);
    expect(replica.running.credentials).toEqual({ cert: second.certificate, key: second.key });
  });

  it.each(['missing', 'cut short', 'expired'])('is kept while its replacement is %s', async (state) => {
    const authority = await newAuthority();
    const first = await leafOf(authority);
    await write(first);
    const replica = await start();
    if (state === 'missing') await rm(files.cert);
    if (state === 'cut short') await writeFile(files.cert, first.certificate.slice(0, 300));
    if (state === 'expired') await write(await leafOf(authority, -1));
    await world.advance(10_000);
    expect(replica.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(replica.updates()).toBe(0);
    const next = await leafOf(authority);
    await write(next);
    await world.advance(10_000);
    expect(replica.running.credentials.cert).toBe(next.certificate);
  });

  it('is served with its intermediate certificates', async () => {
    const pair = await leafOf(await newAuthority());
    const chain = `${pair.certificate}${(await newAuthority('between')).certificate}`;
    await write({ ...pair, certificate: chain });
    expect((await start()).running.credentials.cert).toBe(chain);
  });

  it('has its CA file in the caBundle of the APIService, also after changes of the file', async () => {
    world.register();
    const [authority, next] = [await newAuthority(), await newAuthority('next-ca')];
    await write(await leafOf(authority));
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, authority.certificate);
    await start({ caFile });
    await world.idle();
    expect(world.caBundle()).toBe(authority.certificate);
    await writeFile(caFile, authority.certificate + next.certificate);
    await world.advance(10_000);
    expect(world.caBundle()).toBe(authority.certificate + next.certificate);
    world.apiServices.direct.change({ namespace: '', name: 'v1beta1.kubedirector.hpe.com' }, ({ spec }) => {
      delete spec.caBundle;
    });
    await world.idle();
    expect(world.caBundle()).toBe(authority.certificate + next.certificate);
  });
});

describe('The start fails with the name of the file', () => {
  const refused = async (problem: string, extra: { caFile?: string } = {}): Promise<void> => {
    const started = start(extra);
    await expect(started).rejects.toThrow(problem);
    await expect(started).rejects.toThrow(ConfigurationError);
    expect(world.clock.pending).toBe(0);
  };

  it('if a file is missing', async () => {
    await refused(`${files.cert} cannot be read: ENOENT`);
    await writeFile(files.cert, 'any');
    await refused(`${files.key} cannot be read: ENOENT`);
  });

  it('if a file has no certificate or key that can be read', async () => {
    const { certificate, key } = await leafOf(await newAuthority());
    await write({ certificate: key, key });
    await refused(`${files.cert} holds no certificate in PEM form`);
    await write({ certificate: certificate.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'), key });
    await refused(`${files.cert} holds a certificate that cannot be read`);
    await write({ certificate, key: certificate });
    await refused(`${files.key} holds no private key in PEM form`);
  });

  it('if the key and the certificate do not match', async () => {
    const authority = await newAuthority();
    await write({ ...(await leafOf(authority)), key: (await leafOf(authority)).key });
    await refused(`the key in ${files.key} does not belong to the certificate in ${files.cert}`);
  });

  it('if the certificate has expired, or is not valid yet', async () => {
    await write(await leafOf(await newAuthority(), -1));
    await refused(`the certificate in ${files.cert} expired on 2026-01-01T03:04:05.000Z`);
    const pair = await leafOf(await newAuthority());
    world = new ServingWorld();
    const now = () => new Date(world.clock.now().getTime() - day);
    await write(pair);
    const started = world.start({ clock: { ...world.clock, now }, certificate: { files, extraNames: [] } });
    await expect(started).rejects.toThrow(`the certificate in ${files.cert} is not valid before 2026-01-02T02:04:05`);
  });

  it('if no CA in the CA file has issued the certificate', async () => {
    const caFile = join(folder, 'ca.crt');
    await write(await leafOf(await newAuthority()));
    await writeFile(caFile, (await newAuthority()).certificate);
    await refused(`no CA in ${caFile} has issued what is in ${files.cert}`, { caFile });
  });
});
