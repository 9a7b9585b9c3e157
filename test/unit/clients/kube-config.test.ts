import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadKubeConfig } from '../../../src/clients/kubernetes/kube-config.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kd-kubeconfig-'));
  file = join(folder, 'config');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const parts = {
  clusters: [{ name: 'c', cluster: { server: 'https://example.org:6443' } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [
    { name: 'one', context: { cluster: 'c', user: 'u' } },
    { name: 'lost', context: { cluster: 'none', user: 'u' } },
    { name: 'nobody', context: { cluster: 'c', user: 'none' } },
  ],
  'current-context': 'one',
};
const write = (content: object | string) =>
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));

test('takes the current context of the file, or the one that is named', () => {
  write(parts);
  expect(loadKubeConfig({ kubeconfig: file }).getCurrentCluster()?.server).toBe('https://example.org:6443');
  write({ ...parts, 'current-context': 'lost' });
  expect(loadKubeConfig({ kubeconfig: file, context: 'one' }).getCurrentUser()?.token).toBe('t');
});

const withCluster = (cluster: object) => ({
  ...parts,
  clusters: [{ name: 'c', cluster: { server: 'https://example.org:6443', ...cluster } }],
});
const withUser = (user: object) => ({ ...parts, users: [{ name: 'u', user }] });

test.each([
  ['no such context', { context: 'two' }, parts, 'it has no context "two"'],
  ['no current context', {}, { ...parts, 'current-context': undefined }, 'it has no current-context'],
  ['no such cluster', { context: 'lost' }, parts, 'it has no cluster "none"'],
  ['no such user', { context: 'nobody' }, parts, 'it has no user "none"'],
  ['no URL', {}, { ...parts, clusters: [{ name: 'c', cluster: { server: 'nowhere' } }] }, 'is no URL'],
  ['no TLS', {}, withCluster({ server: 'http://example.org' }), 'is no https URL: http://example.org'],
  ['no HTTP', {}, withCluster({ server: 'ftp://example.org' }), 'is no https URL'],
  ['no CA file', {}, withCluster({ 'certificate-authority': 'ca.crt' }), 'certificate-authority: ENOENT'],
  ['no certificate file', {}, withUser({ 'client-certificate': '/nowhere/c' }), 'client-certificate: ENOENT'],
  ['no key file', {}, withUser({ 'client-key': '/nowhere/k' }), 'client-key: ENOENT'],
  ['not YAML', {}, '{ a: [', 'cannot be used: '],
])('says what is wrong with a file: %s', (_, options, content, message) => {
  write(content);
  expect(() => loadKubeConfig({ kubeconfig: file, ...options })).toThrow(message);
  expect(() => loadKubeConfig({ kubeconfig: file, ...options })).toThrow(`the kubeconfig file ${file} cannot be used`);
});

test('takes files beside it, and a server without TLS where it says so', () => {
  writeFileSync(join(folder, 'ca.crt'), '');
  write(withCluster({ 'certificate-authority': 'ca.crt' }));
  expect(loadKubeConfig({ kubeconfig: file }).getCurrentCluster()?.caFile).toBe(join(folder, 'ca.crt'));
  write(withCluster({ server: 'http://127.0.0.1:8001', 'insecure-skip-tls-verify': true }));
  expect(loadKubeConfig({ kubeconfig: file }).getCurrentCluster()?.server).toBe('http://127.0.0.1:8001');
});

test('says that a file is not there', () => {
  expect(() => loadKubeConfig({ kubeconfig: join(folder, 'none') })).toThrow('ENOENT');
});

test('says that this is no pod where neither a file nor a service account is there', () => {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '');
  expect(() => loadKubeConfig({})).toThrow('no kubeconfig file is given, and this is no pod with a service account');
});

test('tells nothing of the lines around a mistake in the file: they may hold a token', () => {
  write('users:\n- name: u\n  user:\n    token: secret-token\n   bad: [\n');
  const failure = { message: `the kubeconfig file ${file} cannot be used: it is no valid YAML (line 5)` };
  expect(() => loadKubeConfig({ kubeconfig: file })).toThrow(expect.objectContaining(failure));
  try {
    loadKubeConfig({ kubeconfig: file });
  } catch (error) {
    expect(inspect(error)).not.toContain('secret-token');
  }
});
