/** What clusters cost while nothing changes: processor time, and requests to kube-apiserver as the program counts its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from '../client.ts';
import type { Figure } from '../figure.ts';
import { idleApp, idleCluster } from '../objects.ts';
import { connections } from '../scenario.ts';
import { prepareTargets } from './targets.ts';
import { all, isConfigured, restMs, settleMs, until } from './workloads.ts';

const count = 30;
const members = 3;
const resources = { limits: { cpu: '10m', memory: '16Mi' }, requests: { cpu: '1m', memory: '1Mi' } };

/** Of a cluster that has members; nodes need not run their containers. */
function restingCluster(name: string): object {
  const cluster = idleCluster(name);
  return { ...cluster, spec: { ...cluster.spec, roles: [{ id: 'worker', members, resources }] } };
}

/** Requests to kube-apiserver so far. Watches count when they end. */
interface Requests {
  readonly all: number;
  /** Whether callers, such as the reader of these numbers, may do what they ask for. */
  readonly reviews: number;
}

async function requests(client: Client): Promise<Requests> {
  const text = (await client.send('GET', '/metrics')).text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  const all = sum('rest_client_requests_total');
  if (all === 0) throw new Error('the program has counted no requests, not even those of its start');
  return { all, reviews: sum('apiserver_delegated_auth[nz]_request_total') };
}

/** @param kubeconfig the kubeconfig file of an administrator with a client certificate */
export async function measureRest(kubeconfig: string): Promise<Figure[]> {
  const prepared = await prepareTargets(kubeconfig, { engine: 'lowdb' });
  try {
    const direct = prepared.targets.find(({ name }) => name === 'direct');
    if (direct === undefined) throw new Error('there is no direct way to the program');
    const { server, target, clusters } = direct;
    const client = createClient(server.credentials, connections);
    try {
      await client.send('POST', target.path, idleApp());
      const names = Array.from({ length: count }, (_, index) => `resting-${index}`);
      await Promise.all(names.map((name) => client.send('POST', clusters.path, restingCluster(name))));
      await until(client, clusters.path, all(count, isConfigured));
      await sleep(settleMs);
      const [before, cpu] = [await requests(client), server.cpuSeconds()];
      await sleep(restMs);
      const share = ((server.cpuSeconds() - cpu) / (restMs / 1000)) * 100;
      const later = await requests(client);
      const detail = `${count} clusters × ${members} members, nothing changing for ${restMs / 1000} s`;
      const reviews = later.reviews - before.reviews;
      return [
        { name: 'rest cpu', value: share, unit: '%', detail: `${detail}: of one core` },
        {
          ...{ name: 'rest requests', value: later.all - before.all - reviews, unit: '' },
          detail: `${detail}: to kube-apiserver, beside ${reviews} about the rights of callers`,
        },
      ];
    } finally {
      client.close();
    }
  } finally {
    await prepared.remove();
  }
}
