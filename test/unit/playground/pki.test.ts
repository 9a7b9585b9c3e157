import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DamagedAuthorityError, ensurePki, writeKubeconfig } from '../../../src/playground/index.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kd-pki-'));
});
afterEach(() => rm(directory, { recursive: true }));

const later = (days: number): Clock => ({ ...systemClock, now: () => new Date(Date.now() + days * 86_400_000) });

describe('The certificates of the playground', () => {
  it('are a CA, a server certificate for loopback, and a client certificate of system:masters', async () => {
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

  it('cannot be read by other users, and are used again', async () => {
    const first = await ensurePki(join(directory, 'pki'), systemClock);
    for (const file of ['ca.key', 'ca.crt', 'server.key', 'client.key']) {
      expect((await stat(join(directory, 'pki', file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(directory, 'pki'))).mode & 0o777).toBe(0o700);
    expect(await ensurePki(join(directory, 'pki'), systemClock)).toEqual(first);
  });

  it('are renewed before they expire, with the same CA until it expires itself', async () => {
    const first = await ensurePki(directory, systemClock);
    expect(await ensurePki(directory, later(300))).toEqual(first);
    const renewed = await ensurePki(directory, later(340));
    expect(renewed.ca).toBe(first.ca);
    expect(renewed.server.certificate).not.toBe(first.server.certificate);
    expect(new X509Certificate(renewed.client.certificate).verify(new X509Certificate(first.ca).publicKey)).toBe(true);
    const other = await ensurePki(directory, later(3640));
    expect(other.ca).not.toBe(first.ca);
  });

  it('are created again if they were damaged or exchanged, with the same CA', async () => {
    const first = await ensurePki(directory, systemClock);
    await writeFile(join(directory, 'server.crt'), 'nonsense');
    await writeFile(join(directory, 'client.key'), first.server.key);
    const second = await ensurePki(directory, systemClock);
    expect(second.ca).toBe(first.ca);
    expect(second.client.certificate).not.toBe(first.client.certificate);
    expect(new X509Certificate(second.server.certificate).checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it('are refused with the file name, and not changed, if one bit of the CA or of its key is wrong', async () => {
    await ensurePki(directory, systemClock);
    for (const name of ['ca.crt', 'ca.key']) {
      const path = join(directory, name);
      const good = await readFile(path, 'utf8');
      const lines = good.split('\n');
      const der = Buffer.from(lines.filter((line) => !line.startsWith('-')).join(''), 'base64');
      for (const position of [45, der.length - 30]) {
        const bad = Buffer.from(der);
        bad.writeUInt8(bad.readUInt8(position) ^ 4, position);
        await writeFile(
          path,
          [lines[0], bad.toString('base64'), lines.find((line) => line.includes('END'))].join('\n'),
        );
        const before = await readFile(path, 'utf8');
        await expect(ensurePki(directory, systemClock)).rejects.toThrow(DamagedAuthorityError);
        await expect(ensurePki(directory, systemClock)).rejects.toThrow(`${directory}/ca.`);
        expect(await readFile(path, 'utf8')).toBe(before);
      }
      await writeFile(path, good);
    }
    await ensurePki(directory, systemClock);
  });

  it('lead to warnings about a key that others can read, a damaged certificate and a new CA', async () => {
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (fields, message) => warnings.push(`${String('file' in fields && fields.file)}: ${message}`),
    };
    const first = await ensurePki(directory, systemClock, logger);
    expect(warnings).toEqual([]);
    await chmod(join(directory, 'server.key'), 0o644);
    await writeFile(join(directory, 'client.crt'), 'nonsense');
    await ensurePki(directory, systemClock, logger);
    expect(warnings).toEqual([
      `${directory}/server.key: this private key can be read by others: chmod 600 it`,
      `${directory}/client.crt: it is no certificate: a new certificate is made`,
    ]);
    for (const name of await readdir(directory)) await writeFile(join(directory, name), '');
    const other = await ensurePki(directory, systemClock, logger);
    expect(other.ca).not.toBe(first.ca);
    expect(warnings.at(-1)).toContain('the CA was missing or empty: a new one was made');
  });

  it('are backdated by an hour, and stay in use, with a warning, if the clock was set back', async () => {
    const first = await ensurePki(directory, systemClock);
    expect(Date.now() - Date.parse(new X509Certificate(first.client.certificate).validFrom)).toBeGreaterThan(3_590_000);
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => warnings.push(message) };
    expect(await ensurePki(directory, later(-1), logger)).toEqual(first);
    expect(warnings).toEqual([expect.stringContaining('the clock is before the certificates became valid')]);
  });

  it('are in a kubeconfig that only its owner can read', async () => {
    const pki = await ensurePki(directory, systemClock);
    const path = join(directory, 'kubeconfig');
    await writeKubeconfig(path, { server: 'https://127.0.0.1:6443', ca: pki.ca, client: pki.client });
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
