/** Requests as somebody of the test's choice, or as nobody. */
import { Agent, request, type RequestOptions } from 'node:https';

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
  const options: RequestOptions = { agent: new Agent({ ...caller, keepAlive: false }), headers };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject).end();
  });
}
