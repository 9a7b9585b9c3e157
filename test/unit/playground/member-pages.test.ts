/** What answers for the services of members in the playground. */
import { request } from 'node:http';
import { expect, it } from 'vitest';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { createMemberPages } from '../../../src/playground/guest/member-pages.ts';

const labels = { 'kubedirector.hpe.com/kdcluster': 'spark', 'kubedirector.hpe.com/role': 'master' };
const pod = { metadata: { name: 'spark-0', namespace: 'default', labels } } as unknown as Stored<Pod>;
const { signal } = new AbortController();
const pages = createMemberPages();

async function ask(method: string, path: string): Promise<{ status: number; text: string }> {
  const stream = await pages.connect(pod, 8888, { tls: false, signal });
  return new Promise((resolve, reject) => {
    const sent = request({ createConnection: () => stream, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end(method === 'POST' ? 'body' : undefined);
  });
}

it('a page tells which member it is of, and shows what was asked for as text', async () => {
  const { status, text } = await ask('GET', '/<script>?x=1');
  expect(status).toBe(200);
  for (const part of ['spark-0', 'master', 'spark', '8888', '/&#60;script&#62;?x=1']) expect(text).toContain(part);
  expect(text).not.toContain('<script>');
});

it('nothing can be changed in a simulated member', async () => {
  expect((await ask('POST', '/')).status).toBe(405);
});

it('a simulated member has no certificate, and needs somebody who still waits', async () => {
  await expect(pages.connect(pod, 443, { tls: true, signal })).rejects.toMatchObject({ name: 'PodUnreachableError' });
  const gone = AbortSignal.abort(new Error('gone'));
  await expect(pages.connect(pod, 80, { tls: false, signal: gone })).rejects.toThrow('gone');
});
