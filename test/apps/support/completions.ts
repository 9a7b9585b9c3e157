/** OpenAI's API of a member, through kube-apiserver and the proxy of endpoints. */
import { group } from '../../e2e/support/samples.ts';
import { kubeClient, type KubeClient } from '../../e2e/support/kube-client.ts';
import { makeServiceAccount, tokenOf } from '../../e2e/support/users.ts';
import type { Example, Member } from './example.ts';

export interface ApiUser {
  /** @param key what the user shows the member, beside who they are */
  status(member: Member, path: string, key?: string): Promise<number>;
  /** Names of the models that the member has. */
  models(member: Member): Promise<readonly string[]>;
  /** The text after the prompt, without chance. @throws Error if the answer is not 200 */
  complete(member: Member, prompt: string, tokens: number): Promise<string>;
  /** The same, as it is written. */
  stream(member: Member, prompt: string, tokens: number): Promise<Streamed>;
  close(): void;
}

export interface Streamed {
  readonly contentType: string | undefined;
  readonly texts: readonly string[];
  readonly last: string | undefined;
  /** From the first part to the last one, as they arrived. */
  readonly arrivedWithinMs: number;
  /** How long the member wrote, as it says itself. */
  readonly writtenWithinMs: number;
}

interface Completion {
  readonly choices: readonly { readonly text: string }[];
  readonly timings?: { readonly predicted_ms: number };
}

/** A new service account of the example's namespace with these ClusterRoles. */
export async function apiUser(example: Example, name: string, ...roles: readonly string[]): Promise<ApiUser> {
  const { cluster, namespace } = example;
  await makeServiceAccount(cluster, namespace, name, ...roles);
  const client = await kubeClient(cluster, await tokenOf(cluster, namespace, name));
  const at = ({ pod }: Member, path: string): string =>
    `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorendpoints/${pod}.api/proxy${path}`;
  const post = (prompt: string, tokens: number, stream: boolean) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt, max_tokens: tokens, temperature: 0, stream }),
  });
  const whole = async (member: Member, path: string, sent?: Parameters<KubeClient['ask']>[1]): Promise<unknown> => {
    const { status, body } = await client.ask(at(member, path), sent);
    if (status !== 200) throw new Error(`${path} of ${member.pod} gives ${status}: ${body.toString()}`);
    return JSON.parse(body.toString());
  };
  return {
    async status(member, path, key) {
      const headers = key === undefined ? {} : { 'x-api-key': key };
      return (await client.ask(at(member, path), { headers })).status;
    },
    async models(member) {
      const { data } = (await whole(member, '/v1/models')) as { data: readonly { id: string }[] };
      return data.map(({ id }) => id);
    },
    async complete(member, prompt, tokens) {
      const { choices } = (await whole(member, '/v1/completions', post(prompt, tokens, false))) as Completion;
      return choices.map(({ text }) => text).join('');
    },
    async stream(member, prompt, tokens) {
      const answer = await client.open(at(member, '/v1/completions'), post(prompt, tokens, true));
      const events: { data: string; at: number }[] = [];
      let rest = '';
      for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
        const parts = (rest + chunk).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) events.push({ data: part.replace(/^data: /, ''), at: performance.now() });
      }
      const completions = events.slice(0, -1).map(({ data }) => JSON.parse(data) as Completion);
      return {
        contentType: answer.headers['content-type'],
        texts: completions.map(({ choices }) => choices[0]?.text ?? ''),
        last: events.at(-1)?.data,
        arrivedWithinMs: (events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0),
        writtenWithinMs: completions.at(-1)?.timings?.predicted_ms ?? NaN,
      };
    },
    close: () => client.close(),
  };
}
