/** The users that the tests act as. */
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import type { Pair } from '../../support/certificates.ts';
import { eventually, type Cluster } from './cluster.ts';

/** Gives a user, who needs not exist, a ClusterRole in one namespace. */
export async function bind(cluster: Cluster, namespace: string, role: string, user: string): Promise<void> {
  const name = `${user}-${role}`;
  await cluster.ok('create', 'rolebinding', name, '-n', namespace, `--clusterrole=${role}`, `--user=${user}`);
}

/** Gives a new service account ClusterRoles in its namespace. */
export async function makeServiceAccount(
  cluster: Cluster,
  namespace: string,
  name: string,
  ...roles: readonly string[]
): Promise<void> {
  await cluster.ok('create', 'serviceaccount', name, '-n', namespace);
  const account = `--serviceaccount=${namespace}:${name}`;
  for (const role of roles) {
    await cluster.ok('create', 'rolebinding', `${name}-${role}`, '-n', namespace, `--clusterrole=${role}`, account);
  }
}

export async function tokenOf(
  cluster: Cluster,
  namespace: string,
  account: string,
  ...args: readonly string[]
): Promise<string> {
  return (await cluster.ok('create', 'token', account, '-n', namespace, ...args)).trim();
}

/** A kubeconfig with this token, and nothing else. */
export async function writeKubeconfig(file: string, cluster: Cluster, token: string): Promise<void> {
  const view = await cluster.ok('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json');
  const config = JSON.parse(view) as { users: { name: string; user: object }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
}

/** A client certificate that the cluster itself signs. */
export async function makeClientCertificate(cluster: Cluster, user: string): Promise<Pair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${user}`,
    keys,
    signingAlgorithm: algorithm,
  });
  const name = `e2e-${user}-${Date.now()}`;
  await cluster.apply({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(csr.toString('pem')).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  });
  try {
    await cluster.ok('certificate', 'approve', name);
    const cert = await eventually('a signed certificate', async () => {
      const request = await cluster.read<{ status?: { certificate?: string } }>('csr', name);
      return request?.status?.certificate;
    });
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
    return { cert: Buffer.from(cert, 'base64').toString(), key: key.toString() };
  } finally {
    await cluster.ok('delete', 'csr', name);
  }
}
