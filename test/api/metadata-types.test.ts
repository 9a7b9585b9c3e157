/**
 * Metadata of the wrong type, in every way of writing it. The answers were recorded from a kube-apiserver 1.37 (codes:
 * ConfigMaps, whose updates may leave out the version; words: a CustomResourceDefinition).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/meta/status.ts';
import recorded from '../testdata/metadata-answers.json' with { type: 'json' };
import { Api, widget, widgetsPath } from '../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await Api.started();
});
afterAll(() => api.stop());

const one = `${widgetsPath}/a`;
const patch = (path: string, type: string, body: unknown) =>
  api.request('patch', path).set('content-type', `application/${type}+json`).send(JSON.stringify(body));

type Verb = 'post' | 'put' | 'merge' | 'json' | 'strategic' | 'status';

function write(verb: Verb, field: string, value: unknown) {
  const metadata = { name: 'a', [field]: value };
  switch (verb) {
    case 'post':
      return api
        .request('post', widgetsPath)
        .send(JSON.stringify({ ...widget('a'), metadata }))
        .type('json');
    case 'put':
      return api
        .request('put', one)
        .send(JSON.stringify({ ...widget('a'), metadata }))
        .type('json');
    case 'merge':
      return patch(one, 'merge-patch', { metadata: { [field]: value } });
    case 'json':
      return patch(one, 'json-patch', [{ op: 'add', path: `/metadata/${field}`, value }]);
    case 'strategic':
      return patch(one, 'strategic-merge-patch', { metadata: { [field]: value } });
    case 'status':
      return patch(`${one}/status`, 'merge-patch', { metadata: { [field]: value } });
  }
}

async function renew(): Promise<void> {
  const { body } = (await api.request('get', widgetsPath).expect(200)) as {
    body: { items: { metadata: { name: string } }[] };
  };
  for (const { metadata } of body.items) {
    const path = `${widgetsPath}/${metadata.name}`;
    await patch(path, 'merge-patch', { metadata: { finalizers: null } });
    await api.request('delete', path);
  }
}

/** Where kube-apiserver fails or is inconsistent, and what our server answers. */
function expectedCode(verb: Verb, field: string, value: unknown, code: number | undefined): number | undefined {
  // kube-apiserver answers 500 to a version that is not a number.
  if (code === 500 && field === 'resourceVersion') return 400;
  // New objects have no version; kube-apiserver accepts one for a ConfigMap, and answers 500 for others.
  if (field === 'resourceVersion' && value === 'x' && verb === 'post') return 400;
  // ConfigMaps' finalizers need a domain; custom resources' are only warned of.
  if (field === 'finalizers' && JSON.stringify(value) === '["x"]') return verb === 'post' ? 201 : 200;
  return code;
}

describe.each([...new Set(recorded.map(({ field }) => field))])('metadata.%s', (field) => {
  const rows = recorded.filter((row) => row.field === field);

  it.each(rows.map((row) => [JSON.stringify(row.value), row] as const))('that is %s', async (_, row) => {
    const codes = row.codes as Partial<Record<Verb, number>>;
    const found: Partial<Record<Verb, number>> = {};
    const wanted: Partial<Record<Verb, number>> = {};
    let isRenewed = false;
    for (const verb of ['post', 'put', 'merge', 'json', 'strategic', 'status'] as const) {
      if (!isRenewed || verb === 'put') await renew();
      if (verb !== 'post' && (!isRenewed || verb === 'put')) {
        await api.request('post', widgetsPath).send(widget('a')).expect(201);
      }
      const answer = await write(verb, field, row.value);
      expect(answer.status).toBeLessThan(500);
      // A refused write has changed nothing.
      isRenewed = answer.status >= 400;
      found[verb] = answer.status;
      wanted[verb] = expectedCode(verb, field, row.value, codes[verb]) ?? answer.status;
      const { message = '' } = answer.body as Status;
      if ('says' in row && verb !== 'strategic') expect(message).toContain(row.says);
    }
    expect(found).toEqual(wanted);
  });
});
