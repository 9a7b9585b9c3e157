/** An API whose clusters, events and log lines the test invents, with the page in front of it. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerPlainly, createFront, readPageFiles } from '../../../src/front/index.ts';

export interface Fake {
  readonly url: string;
  /** Sent to whoever watches clusters. */
  change(cluster: object): void;
  /** The number of watches of clusters. */
  watches(): number;
  stop(): Promise<void>;
}

interface FakeObjects {
  readonly clusters: readonly object[];
  readonly events?: readonly object[];
  readonly log?: readonly string[];
}

const pageSize = 500;

export async function startFake({ clusters, events = [], log = [] }: FakeObjects): Promise<Fake> {
  const front = createFront({ files: await readPageFiles('dist/page', 'local'), loopbackOnly: true });
  const watchers = new Set<ServerResponse>();
  const json = (response: ServerResponse, value: unknown, status = 200): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  };
  const server = createServer((request, response) => {
    if (answerPlainly(front, request, response)) return;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
    if (pathname.endsWith('/log')) response.end(log.join('\n'));
    else if (searchParams.get('watch') === 'true') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
      if (!pathname.endsWith('/kubedirectorclusters')) return;
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
    } else if (pathname.endsWith('/kubedirectorclusters')) {
      const from = Number(searchParams.get('continue') ?? 0);
      const next = from + pageSize < clusters.length ? String(from + pageSize) : '';
      json(response, {
        metadata: { resourceVersion: '1', continue: next },
        items: clusters.slice(from, from + pageSize),
      });
    } else if (pathname.endsWith('/events')) json(response, { metadata: { resourceVersion: '1' }, items: events });
    else if (request.method === 'GET') json(response, { metadata: { resourceVersion: '1' }, items: [] });
    else json(response, { message: 'not found' }, 404);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    change(cluster) {
      for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: 'MODIFIED', object: cluster })}\n`);
    },
    watches: () => watchers.size,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A cluster with three members. */
export function fakeCluster(
  index: number,
  { state = 'configured', app = 'spark', name = `cluster-${index}`, words = '' } = {},
) {
  const member = (nodeID: number) => ({
    ...{ nodeID, pod: `${name}-${nodeID}`, service: 's', state, ready: true },
    stateDetail: { startScriptStderrMessage: words },
  });
  const roles = [{ id: 'worker', statefulSet: 's', members: [member(1), member(2), member(3)] }];
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'Configured', message: words, lastTransitionTime: '2026-11-30T00:00:00Z' },
  ];
  return {
    ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorCluster' },
    metadata: {
      name,
      namespace: `team-${index % 20}`,
      resourceVersion: '2',
      creationTimestamp: '2026-11-30T00:00:00Z',
    },
    spec: { app, roles: [{ id: 'worker', members: 3, resources: {} }] },
    status: { state, app, roles, conditions },
  };
}
