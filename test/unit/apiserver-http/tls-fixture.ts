/** A server that listens with TLS, and clients with certificates. */
import { Agent, request } from 'node:https';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { createClientCertificateAuthenticator } from '../../../src/auth/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Api } from '../../support/api.ts';
import { createAuthority, type Authority, type Pair } from '../../support/certificates.ts';

export let ca: Authority;
let serving: Pair;
export let admin: Pair;
export let api: Api;
export let port: number;
export const agents = new Set<Agent>();

/** Watches that the server has, by its own account. */
export const open = async (): Promise<number> =>
  Number(/apiserver_longrunning_requests\{[^}]*\} (\d+)/.exec(await api.metrics.text())?.[1] ?? 0);

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

export function agentOf(pair: Pair | undefined): Agent {
  const agent = new Agent({ keepAlive: true, ca: ca.cert, ...pair });
  agents.add(agent);
  return agent;
}

export function ask(method: string, path: string, options: { pair?: Pair; agent?: Agent; body?: object } = {}) {
  const { pair, agent = agentOf(pair), body } = options;
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Gives each test of the file that calls this a server that listens. */
export function eachWithServer(): void {
  beforeAll(async () => {
    ca = await createAuthority();
    serving = await ca.issue('CN=localhost', { usage: 'serverAuth' });
    admin = await ca.issue('CN=admin,O=system:masters');
  });
  beforeEach(async () => {
    const certificates = createClientCertificateAuthenticator({ authorities: ca.cert, clock: systemClock });
    const exec = { type: 'refused', message: 'nothing to run in' } as const;
    api = await Api.started({ authenticators: [certificates], subresources: { exec } });
    ({ port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials: serving }));
  });
  afterEach(async () => {
    for (const agent of agents) agent.destroy();
    agents.clear();
    await api.server.stop(200);
    await api.stop();
  });
}
