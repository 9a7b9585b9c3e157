import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ensurePki, writeKubeconfig } from '../../../src/playground/index.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kd-pki-'));
});
afterEach(() => rm(directory, { recursive: true }));

const later = (days: number): Clock => ({ ...systemClock, now: () => new Date(Date.now() + days * 86_400_000) });

describe("The playground's certificates", () => {
  it('are a CA, and of it a server for loopback and a client of system:masters', async () => {
    const pki = await ensurePki(join(directory, 'pki'), systemClock);
    const [ca, server, client] = [pki.ca, pki.server.certificate, pki.client.certificate].map(
      (text) => new X509Certificate(text),
    );
    expect(ca?.ca).toBe(true);
    expect(server?.verify(ca!.publicKey)).toBe(true);
    expect(client?.verify(ca!.publicKey)).toBe(true);
    expect(server?.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server?.checkHost('localhost')).toBe('localhost');
    expect(client?.subject.split('\n').sort()).toEqual(['CN=playground-admin', 'O=system:masters']);
    expect(server?.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });

  it('are kept from others and used again', async () => {
    const first = await ensurePki(join(directory, 'pki'), systemClock);
    for (const file of ['ca.key', 'ca.crt', 'server.key', 'client.key']) {
      expect((await stat(join(directory, 'pki', file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(directory, 'pki'))).mode & 0o777).toBe(0o700);
    expect(await ensurePki(join(directory, 'pki'), systemClock)).toEqual(first);
  });

  it('are made anew near their end, under the same CA', async () => {
    const first = await ensurePki(directory, systemClock);
    expect(await ensurePki(directory, later(300))).toEqual(first);
    const renewed = await ensurePki(directory, later(340));
    expect(renewed.ca).toBe(first.ca);
    expect(renewed.server.certificate).not.toBe(first.server.certificate);
    expect(new X509Certificate(renewed.client.certificate).verify(new X509Certificate(first.ca).publicKey)).toBe(true);
    const other = await ensurePki(directory, later(3640));
    expect(other.ca).not.toBe(first.ca);
  });

  it('are made anew where they were damaged or mixed up', async () => {
    const first = await ensurePki(directory, systemClock);
    await writeFile(join(directory, 'server.crt'), 'nonsense');
    await writeFile(join(directory, 'client.key'), first.server.key);
    const second = await ensurePki(directory, systemClock);
    expect(second.ca).toBe(first.ca);
    expect(second.client.certificate).not.toBe(first.client.certificate);
    expect(new X509Certificate(second.server.certificate).checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it('stand in a kubeconfig that only its owner reads', async () => {
    const pki = await ensurePki(directory, systemClock);
    const path = join(directory, 'kubeconfig');
    await writeKubeconfig(path, 'https://127.0.0.1:6443', pki);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const config = parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const name = 'kubedirector-playground';
    expect(config).toMatchObject({
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
      clusters: [
        {
          name,
          cluster: {
            server: 'https://127.0.0.1:6443',
            'certificate-authority-data': Buffer.from(pki.ca).toString('base64'),
          },
        },
      ],
    });
  });
});
