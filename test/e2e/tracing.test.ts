import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Collector } from '../support/collector.ts';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { kubeClient, type KubeClient } from './support/kube-client.ts';
import { sampleApp } from './support/samples.ts';
import { collectorEndpoint } from './support/server.ts';
import { bind, tokenOf } from './support/users.ts';

const installed = installation();
const cluster = clusterOf(installed);
let namespace: string;
let collector: Collector;
let client: KubeClient;

// In a pod, the server cannot reach a collector in this process.
describe.skipIf(installed.form !== 'host')('traces, with a server on this machine (form host)', () => {
  beforeAll(async () => {
    collector = await Collector.start(collectorEndpoint(installed));
    namespace = await cluster.makeNamespace('tracing');
    await cluster.ok('create', 'serviceaccount', 'tracer', '-n', namespace);
    await bind(cluster, namespace, 'edit', `system:serviceaccount:${namespace}:tracer`);
    client = await kubeClient(cluster, await tokenOf(cluster, namespace, 'tracer'));
  });
  afterAll(async () => {
    client.close();
    collector.stop();
    await cluster.dropNamespaces(namespace);
  });

  it('go on with the trace that kube-apiserver passes on', async () => {
    const traceId = 'c0ffee'.padStart(32, '0');
    const traceparent = `00-${traceId}-00000000000000aa-01`;
    const path = `/apis/kubedirector.hpe.com/v1beta1/namespaces/${namespace}/kubedirectorapps`;
    const headers = { 'content-type': 'application/json', traceparent };
    const body = JSON.stringify(sampleApp({ namespace }));
    await eventually('the binding to count', async () => {
      const { status } = await client.ask(path, { method: 'POST', headers, body });
      return status === 201 ? true : undefined;
    });
    const name = 'POST /apis/kubedirector.hpe.com/v1beta1/namespaces/{:namespace}/kubedirectorapps';
    const request = await eventually('the span of the request', () =>
      Promise.resolve(collector.named(name).find(({ attributes }) => attributes['http.response.status_code'] === 201)),
    );
    // Where kube-apiserver traces by itself, its trace only refers to that of a user whom it does not trust.
    const isTracing = (process.env['KD_LAB_APISERVER_FLAGS'] ?? '').includes('--tracing-config-file');
    if (!isTracing) expect(request).toMatchObject({ traceId, kind: 'server' });
    expect(request.parentSpanId).not.toBe('');
    const parts = collector.partsOf(request).map((part) => part.name);
    expect(parts).toContain('Commit');
    expect(request.resource['service.name']).toBe('kubedirector');
  });
});
