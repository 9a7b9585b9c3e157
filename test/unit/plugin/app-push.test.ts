import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { appCommand } from '../../../src/plugin/app/command.ts';
import { init } from '../../../src/plugin/app/init.ts';
import { pack } from '../../../src/plugin/app/pack.ts';

let directory: string;
let app: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kd-push-'));
  app = join(directory, 'shop');
  init(app);
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

interface Asked {
  readonly request: string;
  readonly authorization: unknown;
  readonly type: unknown;
  readonly body: Buffer;
}

/** A server for packages and for the API; `refuse` gives the status of a refusal. */
async function startServer(refuse: (method: string) => number | undefined = () => undefined) {
  const files = new Map<string, Buffer>();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      const body = Buffer.concat(parts);
      const { authorization, 'content-type': type } = headers;
      asked.push({ request: `${method} ${url}`, authorization, type, body });
      response.statusCode = refuse(method) ?? 200;
      if (method === 'PUT') files.set(url, body);
      response.end(method === 'GET' ? files.get(url) : '{}');
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  const config = {
    clusters: [{ name: 'k', cluster: { server: origin } }],
    users: [{ name: 'u', user: { token: 'api-token' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'lab' } }],
    'current-context': 'c',
  };
  writeFileSync(join(directory, 'kubeconfig'), JSON.stringify(config));
  return { origin, asked, files, lines: () => asked.map(({ request }) => request) };
}

async function push(...args: string[]) {
  const said = { out: '', err: '' };
  const command = appCommand({
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    guestTools: '',
    end: () => undefined,
  });
  const all = ['push', ...args, '--kubeconfig', join(directory, 'kubeconfig')];
  await command.parseAsync(all, { from: 'user' }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${said.err}`);
  });
  return said;
}

test('puts the package on a web server, looks whether members get it, and applies the app with its address', async () => {
  vi.stubEnv('KD_PUSH_AUTHORIZATION', 'Bearer author');
  const { origin, asked, files, lines } = await startServer();
  const { out } = await push(app, '--to', `${origin}/packages`);
  const { fileName, bytes } = pack(join(app, 'package'), { name: 'shop', version: '1.0' });
  const path = `/packages/${fileName}`;
  const api = '/apis/kubedirector.hpe.com/v1beta1/namespaces/lab/kubedirectorapps/shop';
  expect(lines()).toEqual([
    `PUT ${path}`,
    `GET ${path}`,
    `PATCH ${api}?fieldManager=kubectl-kd&fieldValidation=Strict`,
  ]);
  expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer author', undefined, 'Bearer api-token']);
  expect(files.get(path)?.equals(bytes)).toBe(true);
  const [, , patch] = asked;
  expect(patch?.type).toBe('application/apply-patch+yaml');
  const written = parse(readFileSync(join(app, 'app.yaml'), 'utf8')) as { metadata: object; spec: object };
  expect(JSON.parse(patch?.body.toString() ?? '')).toEqual({
    ...written,
    metadata: { ...written.metadata, namespace: 'lab' },
    spec: { ...written.spec, defaultConfigPackage: { packageURL: `${origin}${path}`, useNewSetupLayout: true } },
  });
  expect(out).toBe(`package: ${origin}${path} (1 KiB)\napp shop applied in namespace lab\n`);
});

test('packs what members unpack: one top directory, with the startscript executable in it', () => {
  writeFileSync(join(directory, 'shared.sh'), 'shared');
  symlinkSync(join(directory, 'shared.sh'), join(app, 'package/lib.sh'));
  const { bytes } = pack(join(app, 'package'), { name: 'shop', version: '1.0' });
  const listed = execFileSync('tar', ['-tvzf', '-'], { input: bytes, encoding: 'utf8' });
  expect(
    listed
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s+/)),
  ).toMatchObject([
    { 0: 'drwxr-xr-x', 1: 'root/root', 5: 'shop/' },
    { 0: '-rw-r--r--', 2: '6', 5: 'shop/lib.sh' },
    { 0: '-rwxr-xr-x', 5: 'shop/startscript' },
  ]);
  const unpacked = join(directory, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xzf', '-', '-C', unpacked], { input: bytes });
  const script = 'startscript';
  expect(readFileSync(join(unpacked, 'shop', script))).toEqual(readFileSync(join(app, 'package', script)));
});

test('gives another content another name, and the same content the same', () => {
  const named = (version = '1.0') => pack(join(app, 'package'), { name: 'shop', version }).fileName;
  const first = named();
  expect(first).toMatch(/^shop-1\.0-[0-9a-f]{12}\.tgz$/);
  writeFileSync(join(app, 'package/extra'), '1');
  expect(named()).not.toBe(first);
  rmSync(join(app, 'package/extra'));
  expect(named()).toBe(first);
  expect(named('1.0 / beta')).toMatch(/^shop-1\.0_beta-/);
});

test('refuses what an archive cannot hold', () => {
  const packed = () => pack(join(app, 'package'), { name: 'shop', version: '1' });
  symlinkSync(app, join(app, 'package/circle'));
  expect(packed).toThrow('leads to a folder that it is in');
  rmSync(join(app, 'package/circle'));
  writeFileSync(join(app, 'package', 'x'.repeat(101)), '');
  expect(packed).toThrow('too long for an archive');
  rmSync(join(app, 'package', 'x'.repeat(101)));
  const deep = `${'d'.repeat(80)}/${'e'.repeat(60)}`;
  mkdirSync(join(app, 'package', deep), { recursive: true });
  writeFileSync(join(app, 'package', deep, 'f'.repeat(99)), '');
  const listed = execFileSync('tar', ['-tzf', '-'], { input: packed().bytes, encoding: 'utf8' });
  expect(listed).toContain(`shop/${deep}/${'f'.repeat(99)}\n`);
});

test('writes into a folder, and prints the app for who applies it, with no cluster asked', async () => {
  const { lines } = await startServer();
  const to = join(directory, 'out');
  const { out, err } = await push(app, '--to', to, '--url', 'https://files.example.com/p/', '--no-check', '--no-apply');
  const [name = '', ...others] = readdirSync(to);
  expect(others).toEqual([]);
  expect(err).toBe(`package: ${join(to, name)} (1 KiB)\n`);
  const packageURL = `https://files.example.com/p/${name}`;
  expect(parse(out)).toMatchObject({ spec: { defaultConfigPackage: { packageURL } } });
  expect(lines()).toEqual([]);
});

test('applies nothing where members would not get the package', async () => {
  const refused = await startServer((method) => (method === 'GET' ? 401 : undefined));
  await expect(push(app, '--to', refused.origin)).rejects.toThrow(/members would not get the package: .* 401/);
  expect(refused.lines().map((line) => line.split(' ')[0])).toEqual(['PUT', 'GET']);
  const other = await startServer();
  const url = `${other.origin}/elsewhere`;
  await expect(push(app, '--to', other.origin, '--url', url)).rejects.toThrow('members would get something else');
  const full = await startServer((method) => (method === 'PUT' ? 507 : undefined));
  await expect(push(app, '--to', full.origin)).rejects.toThrow(/answers PUT with 507/);
  expect([...other.lines(), ...full.lines()].filter((line) => line.startsWith('PATCH'))).toEqual([]);
});

test('does nothing for an app with mistakes', async () => {
  const { origin, lines } = await startServer();
  const file = join(app, 'app.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('cardinality: 1+', 'cardinality: many'));
  await expect(push(app, '--to', origin)).rejects.toThrow('the app has mistakes: nothing was done');
  expect(lines()).toEqual([]);
});

test.each([
  [['--to', '/tmp/none'], 'say with --url'],
  [['--to', 'http://ann:secret@127.0.0.1:1/'], 'leave user and password out of the address'],
  [['--to', 'http://127.0.0.1:1/'], 'http://127.0.0.1:1/shop-1.0-'],
])('says what is wrong with %j', async (flags, words) => {
  await expect(push(app, ...flags)).rejects.toThrow(words);
});

const roles = (...packages: string[]): string =>
  packages.map((one, index) => `    - id: r${index}\n      cardinality: 1+\n      configPackage: ${one}\n`).join('');
const own = (name: string): string => `{ packageURL: 'https://files.example.com/${name}.tgz' }`;

test('sets the address in the roles where they have the package', async () => {
  const { origin, asked } = await startServer();
  const file = join(app, 'app.yaml');
  const text = readFileSync(file, 'utf8')
    .replace(/ {2}defaultConfigPackage:\n.*\n.*\n/, '')
    .replace(/ {4}- id: member\n.*\n.*\n/, roles(own('a'), own('a'), 'null'))
    .replace('[member]', '[r0, r1, r2]')
    .replace(/ {6}- \{ roleID: member.*\n/, '      - { roleID: r0, serviceIDs: [page] }\n');
  writeFileSync(file, text);
  await push(app, '--to', origin);
  const { spec } = JSON.parse(asked.at(-1)?.body.toString() ?? '{}') as { spec: { roles: object[] } };
  const configPackage = { packageURL: expect.stringContaining(`${origin}/shop-`) as string };
  expect(spec.roles).toMatchObject([{ configPackage }, { configPackage }, { configPackage: null }]);
  writeFileSync(file, text.replace('/a.tgz', '/b.tgz'));
  await expect(push(app, '--to', origin)).rejects.toThrow('have different packages');
  writeFileSync(file, text.replaceAll(own('a'), 'null'));
  await expect(push(app, '--to', origin)).rejects.toThrow('no role of app.yaml has a package');
});
