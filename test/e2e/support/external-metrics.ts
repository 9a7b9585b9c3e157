/** A metrics API of the test's own (external.metrics.k8s.io), whose one metric is what the test says. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../../support/certificates.ts';
import type { Cluster } from './cluster.ts';
import { installation } from './installation.ts';

export interface ExternalMetrics {
  /** The value of the metric `jobs` from now on. */
  set(value: number): void;
  /** Takes the API away, too. */
  close(): Promise<void>;
}

const groupVersion = 'external.metrics.k8s.io/v1beta1';
const apiService = 'v1beta1.external.metrics.k8s.io';

/** Undefined where kube-apiserver finds this process under `localhost`. */
export const whyUnreachable = (): string | undefined =>
  installation().form === 'host' || process.env['KD_LAB_DIR'] !== undefined
    ? undefined
    : ' (skipped: kube-apiserver does not run on this machine)';

/** kube-apiserver finds it as `localhost`: it has to be on this machine, or in this network namespace. */
export async function serveExternalMetrics(cluster: Cluster, namespace: string): Promise<ExternalMetrics> {
  let jobs = 0;
  const authority = await createAuthority('CN=e2e-metrics-ca');
  const server = createServer(
    await authority.issue('CN=metrics', { usage: 'serverAuth' }),
    ({ url = '' }, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(url.includes('/namespaces/') ? metric(jobs) : resources));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'metrics', namespace },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: apiService },
      spec: {
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics', namespace, port },
      },
    },
  ]);
  await cluster.ok('wait', '--for=condition=Available', `apiservice/${apiService}`, '--timeout=55s');
  return {
    set: (value) => {
      jobs = value;
    },
    async close() {
      await cluster.ok('delete', 'apiservice', apiService, '--ignore-not-found');
      await closed(server);
    },
  };
}

const resources = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: [{ name: 'jobs', singularName: '', namespaced: true, kind: 'ExternalMetricValueList', verbs: ['get'] }],
};

function metric(value: number): object {
  const item = { metricName: 'jobs', metricLabels: {}, timestamp: new Date().toISOString(), value: String(value) };
  return { kind: 'ExternalMetricValueList', apiVersion: groupVersion, metadata: {}, items: [item] };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
