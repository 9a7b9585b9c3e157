import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { podLog } from '../../../src/playground/pods/log.ts';
import { printedPodStatus } from '../../../src/playground/pods/printed-status.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.stop());

function pod(spec: Partial<NonNullable<Pod['spec']>> = {}, name = 'one'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'app', image: 'nginx' }], ...spec },
  };
}
const target = { namespace: 'default', name: 'one' };
const current = (): Stored<Pod> | undefined => cluster.native.pods.cache.get('default', 'one')?.object;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const create = (one: Pod) => cluster.native.pods.create(admin, 'default', one);

describe('Pods of the playground', () => {
  it('are stored with the defaults of kube-apiserver', async () => {
    cluster = await startCluster({ simulate: false });
    const { object } = await create(
      pod({
        containers: [
          {
            name: 'app',
            image: 'nginx',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: 1, memory: '1.5Gi' } },
          },
        ],
      }),
    );
    expect(object.spec).toEqual({
      containers: [
        {
          name: 'app',
          image: 'nginx',
          imagePullPolicy: 'Always',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: { limits: { cpu: '1', memory: '1536Mi' }, requests: { cpu: '1', memory: '1536Mi' } },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      serviceAccount: 'default',
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
      tolerations: [
        { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 },
        { effect: 'NoExecute', key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 300 },
      ],
    });
    expect(object.status).toEqual({ phase: 'Pending', qosClass: 'Guaranteed' });
  });

  it('are refused with a message about every invalid field', async () => {
    cluster = await startCluster({ simulate: false });
    const bad = pod({
      containers: [
        {
          name: 'App',
          image: '',
          ports: [{ containerPort: 70_000 }],
          volumeMounts: [{ name: 'nowhere', mountPath: '/data' }],
          resources: { limits: { cpu: '1' }, requests: { cpu: '2' } },
        },
      ],
    });
    const error = await create(bad).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 422 });
    const text = (error as Error).message;
    expect(text).toContain('spec.containers[0].name: Invalid value: "App"');
    expect(text).toContain('spec.containers[0].image: Required value');
    expect(text).toContain(
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535',
    );
    expect(text).toContain('spec.containers[0].volumeMounts[0].name: Not found: "nowhere"');
    expect(text).toContain(
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    );
  });

  it('may change their image, but not their node', async () => {
    cluster = await startCluster({ simulate: false });
    await create(pod());
    const write = (spec: Partial<NonNullable<Pod['spec']>>) =>
      cluster.native.pods.update(admin, target, (now) => ({ ...now!, spec: { ...now!.spec!, ...spec } }));
    const changed = await write({ containers: [{ ...current()!.spec!.containers[0]!, image: 'nginx:2' }] });
    expect(changed.object.spec?.containers[0]?.image).toBe('nginx:2');
    await expect(write({ nodeName: 'playground-1' })).rejects.toMatchObject({ code: 422 });
    await expect(write({ hostname: 'other' })).rejects.toThrow('pod updates may not change fields other than');
  });

  it('run their init containers, and then become Running', async () => {
    cluster = await startCluster({ delays: { initContainer: [30, 30], containerStart: [30, 30] } });
    const seen = new Set<string>();
    const watch = cluster.native.pods.cache.watch({ after: cluster.native.pods.cache.revision() });
    watch.onReady(() => {
      for (const { object } of watch.take()) seen.add(printedPodStatus(object.object, new Date()).status);
    });
    await create(pod({ initContainers: [{ name: 'init', image: 'nginx' }] }));
    await until(() => {
      expect(seen).toContain('Running');
    });
    expect([...seen]).toEqual(['Pending', 'Init:0/1', 'PodInitializing', 'Running']);
    const { status } = current()!;
    expect(status?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(status?.conditions?.filter((one) => one.status === 'True').map((one) => one.type)).toEqual([
      'PodReadyToStartContainers',
      'Initialized',
      'Ready',
      'ContainersReady',
      'PodScheduled',
    ]);
    expect(printedPodStatus(current()!, new Date())).toEqual({ ready: '1/1', status: 'Running', restarts: '0' });
  });

  it('terminate gracefully, or at once with a grace period of 0', async () => {
    cluster = await startCluster({ delays: { terminate: [50, 50] } });
    await create(pod());
    await until(() => {
      expect(current()?.status?.phase).toBe('Running');
    });
    await cluster.native.pods.delete(admin, target);
    expect(current()?.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(printedPodStatus(current()!, new Date()).status).toBe('Terminating');
    await until(() => {
      expect(current()).toBeUndefined();
    });
    await create(pod());
    await until(() => {
      expect(current()?.status?.phase).toBe('Running');
    });
    const { gone } = await cluster.native.pods.delete(admin, target, { gracePeriodSeconds: 0 });
    expect(gone).toBe(true);
  });

  it('stay Pending, with the reason, if no node has enough resources', async () => {
    cluster = await startCluster();
    await create(pod({ containers: [{ name: 'app', image: 'nginx:1', resources: { requests: { cpu: '99999' } } }] }));
    await until(() => {
      expect(current()?.status?.conditions).toMatchObject([
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/2 nodes are available: 2 Insufficient cpu.',
        },
      ]);
    });
    expect(cluster.events().map((event) => event.reason)).toContain('FailedScheduling');
  });

  it('are scheduled to a node that matches their selector as soon as there is one', async () => {
    cluster = await startCluster();
    await create(pod({ nodeSelector: { disk: 'fast' } }));
    await until(() => {
      expect(current()?.status?.conditions?.[0]?.message).toContain(
        "2 node(s) didn't match Pod's node affinity/selector",
      );
    });
    await cluster.native.nodes.update(admin, { namespace: '', name: 'playground-2' }, (now) => ({
      ...now!,
      metadata: { ...now!.metadata, labels: { ...now!.metadata.labels, disk: 'fast' } },
    }));
    await until(() => {
      expect(current()?.spec?.nodeName).toBe('playground-2');
    });
  });

  it('run on different nodes if their anti-affinity requires it', async () => {
    cluster = await startCluster();
    const apart = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'x' } } },
        ],
      },
    };
    for (const name of ['a', 'b', 'c']) {
      const one = pod({ affinity: apart }, name);
      await create({ ...one, metadata: { ...one.metadata, labels: { app: 'x' } } });
    }
    await until(() => {
      const nodes = cluster.native.pods.cache.list({}).objects.map((one) => one.object.spec?.nodeName ?? 'none');
      expect(nodes.sort()).toEqual(['none', 'playground-1', 'playground-2']);
    });
  });

  it('have simulated logs with the usual query parameters', async () => {
    cluster = await startCluster();
    await create(pod());
    await until(() => {
      expect(current()?.status?.phase).toBe('Running');
    });
    const read = async (query: string): Promise<string> => {
      let text = '';
      const signal = new AbortController().signal;
      for await (const part of podLog(
        cluster.native.pods,
        target,
        new URLSearchParams(query),
        () => new Date(),
        signal,
      ))
        text += part;
      return text;
    };
    expect(await read('')).toContain('container app of pod one started from image nginx\n');
    expect((await read('tailLines=1')).split('\n')).toHaveLength(2);
    expect(await read('timestamps=true')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ container/);
    await expect(read('container=other')).rejects.toThrow('container other is not valid for pod one');
    await expect(read('previous=true')).rejects.toThrow('previous terminated container "app" in pod "one" not found');
  });
});
