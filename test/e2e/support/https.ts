/** Requests directly to the server, not through kube-apiserver, as any user that the test invents. */
import { request, type RequestOptions } from 'node:https';
import { eventually, type Cluster } from './cluster.ts';
import { apiServiceName, serviceName, systemNamespace, type Installation } from './installation.ts';

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Each request on a connection of its own, because certificates are checked once for each connection. */
export type Direct = (path: string, ask?: Ask) => Promise<Answer>;

/** Trusts the same CA as kube-apiserver: the one in the APIService. */
export async function directTo(cluster: Cluster, { form, port }: Installation): Promise<Direct> {
  const ca = await eventually('a caBundle in the APIService', async () => {
    const found = await cluster.read<{ spec: { caBundle?: string } }>('apiservice', apiServiceName);
    return found?.spec.caBundle;
  });
  const at =
    form === 'host'
      ? { host: '127.0.0.1', port }
      : {
          host: await cluster.ok('get', 'service', serviceName, '-n', systemNamespace, '-o=jsonpath={.spec.clusterIP}'),
          port: 443,
        };
  const common = { ...at, ca: Buffer.from(ca, 'base64'), servername: `${serviceName}.${systemNamespace}.svc` };
  return (path, ask = {}) => exchange({ ...common, path, agent: false }, ask);
}

function exchange(where: RequestOptions, { method = 'GET', token, cert, key, headers, body }: Ask): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const options: RequestOptions = {
    ...where,
    method,
    ...(cert === undefined ? {} : { cert, key }),
    timeout: 40_000,
    headers: {
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: received });
      });
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within 40 s: ${where.path ?? ''}`)));
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
