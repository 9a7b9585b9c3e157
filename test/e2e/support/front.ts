/** Requests through kube-apiserver, as its administrator or on behalf of anyone, by `kubectl proxy`. */
import type { Cluster } from './cluster.ts';

export interface Asked {
  readonly method?: string;
  readonly user?: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface Front {
  /** `host:port` of the proxy, which speaks plain HTTP. */
  readonly address: string;
  /** Takes the first bytes of a watch for its end. */
  ask(path: string, asked?: Asked): Promise<{ status: number; text: string }>;
  close(): Promise<void>;
}

export async function openFront(cluster: Cluster): Promise<Front> {
  const proxy = cluster.running('proxy', '--port=0');
  await proxy.printed('Starting to serve on');
  const address = /serve on (\S+)/.exec(proxy.stdout())?.[1] ?? '';
  return {
    address,
    async ask(path, { method = 'GET', user, body, contentType = 'application/json', accept } = {}) {
      const aborter = new AbortController();
      const response = await fetch(`http://${address}${path}`, {
        method,
        signal: aborter.signal,
        headers: {
          ...(user === undefined ? {} : { 'impersonate-user': user }),
          ...(body === undefined ? {} : { 'content-type': contentType }),
          ...(accept === undefined ? {} : { accept }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const { status } = response;
      if (status !== 200 || !/[?&]watch=/.test(path)) return { status, text: await response.text() };
      aborter.abort();
      return { status, text: '' };
    },
    async close() {
      proxy.process.kill();
      await proxy.ended;
    },
  };
}
