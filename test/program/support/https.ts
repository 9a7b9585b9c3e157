/** Requests as somebody of the test's choice, or as nobody. */
import { readFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import { join } from 'node:path';

export interface Caller {
  /** PEM: whom the caller trusts. */
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** One GET on a connection of its own. */
export function get(url: string, caller: Caller, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  return send(url, caller, { headers });
}

export interface Sent {
  /** GET where absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request on a connection of its own. */
export function send(url: string, caller: Caller, { method = 'GET', headers = {}, body }: Sent): Promise<Reply> {
  const options: RequestOptions = { agent: new Agent({ ...caller, keepAlive: false }), method, headers };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Asks a running playground; what is sent is JSON, and patches are merge patches. */
export type Ask = (method: string, path: string, body?: unknown, headers?: Sent['headers']) => Promise<Reply>;

/**
 * The administrator of a playground.
 * @param output what it printed: its address is in there
 */
export function adminOf(directory: string, output: string): Ask {
  const pki = (name: string): string => readFileSync(join(directory, 'pki', name), 'utf8');
  const caller = { ca: pki('ca.crt'), cert: pki('client.crt'), key: pki('client.key') };
  const url = /https:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '';
  return (method, path, body, headers = {}) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return send(`${url}${path}`, caller, { method, headers: { 'Content-Type': type, ...headers }, ...sent });
  };
}
