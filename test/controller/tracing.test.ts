import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Tracing } from '../../src/tracing/index.ts';
import { Collector, tracingTo } from '../support/collector.ts';
import { sampleApp, sampleCluster, statusOf } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

let collector: Collector;
let tracing: Tracing;
let world: World;
beforeEach(async () => {
  collector = await Collector.start();
  tracing = tracingTo(collector.endpoint);
  world = createWorld();
  world.apps.direct.create(sampleApp());
  world.start({ tracer: tracing.tracer });
});
afterEach(async () => {
  await world.stop();
  await tracing.close(1000);
  collector.stop();
});

it('traces each reconcile of a cluster, with the steps inside containers that it began', async () => {
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  expect(statusOf(world).state).toBe('configured');
  await tracing.close(10_000);
  const reconciles = collector.named('Reconcile KubeDirectorCluster');
  const { namespace = '', name } = sampleCluster().metadata;
  expect(reconciles.length).toBeGreaterThan(1);
  for (const { attributes, parentSpanId } of reconciles) {
    expect(parentSpanId).toBe('');
    expect(attributes).toMatchObject({ 'k8s.namespace.name': namespace, 'kubedirector.cluster.name': name });
    expect(attributes.outcome).toMatch(/^(done|conflict)$/);
  }
  const setups = collector.named('Guest step kd-setup');
  const pods = world.native.pods.list().map(({ metadata }) => metadata.name);
  expect(setups.map(({ attributes }) => attributes['k8s.pod.name']).toSorted()).toEqual(pods.toSorted());
  const begun = new Set(reconciles.map(({ spanId }) => spanId));
  for (const { parentSpanId, traceId } of setups) {
    expect(begun).toContain(parentSpanId);
    expect(reconciles.find(({ spanId }) => spanId === parentSpanId)?.traceId).toBe(traceId);
  }
});

it('tells a reconcile that failed', async () => {
  world.gates.check = (verb, resource) => {
    if (verb === 'create' && resource === 'services') throw new Error('the password is 1234');
  };
  world.clusters.direct.create(sampleCluster());
  await world.settle(1_000);
  await tracing.close(10_000);
  const failed = collector.named('Reconcile KubeDirectorCluster').filter(({ hasFailed }) => hasFailed);
  expect(failed[0]?.attributes).toMatchObject({ outcome: 'error', 'error.type': 'error' });
  expect(Buffer.concat(collector.received).includes('1234')).toBe(false);
});
