import { createServer, request, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, widget, widgetsPath } from '../support/api.ts';

/** What kube-apiserver 1.37 answered to a get of a custom resource with this Accept: its form, or the code. */
const accepted: readonly (readonly [accept: string, answer: string])[] = [
  ['', 'json object'],
  ['*/*', 'json object'],
  ['application/json', 'json object'],
  ['application/*', 'json object'],
  ['text/*', '406'],
  ['text/plain', '406'],
  ['application/json;charset=utf-8', 'json object'],
  ['application/json; charset=UTF-8', 'json object'],
  ['application/json;q=0', 'json object'],
  ['application/json;q=0.5,application/yaml', 'yaml object'],
  ['application/yaml;q=0.1,application/json;q=0', 'yaml object'],
  ['application/yaml', 'yaml object'],
  ['APPLICATION/JSON', '406'],
  ['Application/Yaml', '406'],
  ['application/vnd.kubernetes.protobuf', '406'],
  ['application/vnd.kubernetes.protobuf,application/json', 'json object'],
  ['application/vnd.kubernetes.protobuf;type=watch,application/json', 'json object'],
  ['application/cbor', '406'],
  ['application/cbor,application/json', 'json object'],
  ['application/json;pretty=1', 'json object'],
  ['application/json;foo=bar', 'json object'],
  ['application/json;v=v1', '406'],
  ['application/json;g=meta.k8s.io', '406'],
  ['application/json;as=Table', '406'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io', 'json Table'],
  ['application/json;as=table;v=v1;g=meta.k8s.io', '406'],
  ['application/json;AS=Table;V=v1;G=meta.k8s.io', 'json object'],
  ['APPLICATION/JSON;as=Table;v=v1;g=meta.k8s.io', '406'],
  ['application/json;as=Table;v=v2;g=meta.k8s.io', '406'],
  ['application/json;as=Table;v=v2;g=meta.k8s.io,application/json', 'json object'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io;q=0', 'json Table'],
  ['application/yaml;as=Table;v=v1;g=meta.k8s.io', 'yaml Table'],
  ['application/*;as=Table;v=v1;g=meta.k8s.io', 'json Table'],
  ['*/*;as=Table;v=v1;g=meta.k8s.io', 'json Table'],
  ['application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'json PartialObjectMetadata'],
  ['application/json;stream=watch', 'json object'],
  ['application/json;stream=foo', '406'],
  ['application/json;stream=watch;as=Table;v=v1;g=meta.k8s.io', 'json Table'],
  ['application/json;sv=v1', 'json object'],
  [';', '406'],
  ['application', '406'],
  ['json', '406'],
  ['application/', '406'],
  ['/json', '406'],
  ['application/json/x', '406'],
  ['application/json,', 'json object'],
  ['application/json;q=abc', 'json object'],
  ['application/json;q=2', 'json object'],
  ['application/json;q=-1', 'json object'],
  ['application/json;q', 'json object'],
  ['application/json;q=', 'json object'],
  ['application/json;as="Table";v=v1;g=meta.k8s.io', '406'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'json object'],
  ['text/html;q=0.9,text/plain', '406'],
  [',,,', '406'],
  ['application/json ; charset=utf-8', 'json object'],
  ['application/json;;charset=utf-8', 'json object'],
  ['application/problem+json', '406'],
  ['*', 'json object'],
  ['*/json', '406'],
  ['application/yaml,application/json', 'yaml object'],
  ['application/json;q=0.9,*/*;q=0.8', 'json object'],
  ['text/yaml', '406'],
  ['application/x-yaml', '406'],
  ['application/json;as=;v=;g=', 'json object'],
  [
    'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1',
    'json PartialObjectMetadata',
  ],
  ['application/apply-patch+yaml', '406'],
  ['application/json;charset', 'json object'],
  ['application/json; q=1.0; as=Table; v=v1; g=meta.k8s.io', 'json Table'],
];

/** Its answer to a creation with this Content-Type (null: none) and a body in JSON. */
const created: readonly (readonly [contentType: string | null, code: number])[] = [
  [null, 201],
  ['', 201],
  ['application/json', 201],
  ['application/json;charset=utf-8', 201],
  ['application/json; charset=UTF-8', 201],
  ['APPLICATION/JSON', 201],
  ['Application/Json; Charset=latin1', 201],
  ['application/yaml', 201],
  ['application/yaml;charset=utf-8', 201],
  ['text/yaml', 415],
  ['text/plain', 415],
  ['text/json', 415],
  ['application/x-yaml', 415],
  ['application/x-www-form-urlencoded', 415],
  ['multipart/form-data', 415],
  ['application/vnd.kubernetes.protobuf', 415],
  ['application/cbor', 415],
  ['*/*', 415],
  ['application/*', 415],
  ['application/json,application/yaml', 415],
  ['application/json;', 201],
  ['application/json;;', 415],
  ['application/json;foo', 415],
  ['application/json;foo=bar', 201],
  ['application', 415],
  ['json', 415],
  ['/json', 415],
  ['application/', 415],
  ['application/json/x', 415],
  [';', 415],
  ['; charset=utf-8', 415],
  ['application/json; charset="utf-8', 415],
  ['application/json;q=0', 201],
  ['application/merge-patch+json', 415],
  ['application/json-patch+json', 415],
  ['application/apply-patch+yaml', 415],
  [' application/json ', 201],
  ['application/json;a=b;a=c', 415],
  ['application/json+x', 415],
  ['application/problem+json', 415],
];

/** Its answer to an empty patch of a ConfigMap, which is a kind with strategic merge patches. */
const patched: readonly (readonly [contentType: string | null, code: number])[] = [
  [null, 415],
  ['', 415],
  ['application/json', 415],
  ['application/json-patch+json', 200],
  ['application/merge-patch+json', 200],
  ['application/strategic-merge-patch+json', 200],
  ['application/apply-patch+cbor', 415],
  ['application/merge-patch+json;charset=utf-8', 200],
  ['application/merge-patch+json; charset=UTF-8', 200],
  ['APPLICATION/MERGE-PATCH+JSON', 415],
  ['Application/Merge-Patch+Json', 415],
  ['application/merge-patch+json;', 200],
  ['application/merge-patch+json;foo', 200],
  ['application/merge-patch+json ;x=y', 415],
  [' application/merge-patch+json', 200],
  ['application/merge-patch+json,application/json', 415],
  ['application/*', 415],
  ['*/*', 415],
  ['text/plain', 415],
  ['application/merge-patch+yaml', 415],
  ['application/apply-patch', 415],
  ['application/yaml', 415],
  [';', 415],
  ['application/merge-patch+json; charset="x', 200],
];

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly text: string;
}

let api: Api;
let server: Server;
let port: number;

beforeAll(async () => {
  api = await Api.started();
  await api.request('post', widgetsPath).send(widget('a')).expect(201);
  server = createServer((asked, response) => void api.server.handle(asked, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await api.stop();
});

/** Adds no headers, as HTTP clients often do. */
function ask(method: string, path: string, headers: Record<string, string | string[]>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method, path, headers: { 'X-User': 'admin', ...headers } };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const formOf = ({ code, type, text }: Answer): string => {
  if (code !== 200) return String(code);
  const kind = /"?kind"?: ?"?(Table|PartialObjectMetadata)\b/.exec(text)?.[1] ?? 'object';
  return `${type.replace('application/', '')} ${kind}`;
};

const ofType = (contentType: string | null): Record<string, string> =>
  contentType === null ? {} : { 'Content-Type': contentType };

describe('Accept', () => {
  it.each(accepted)('%j gets what kube-apiserver answers: %s', async (accept, answer) => {
    expect(formOf(await ask('GET', `${widgetsPath}/a`, { Accept: accept }))).toBe(answer);
  });

  it('may be left out, and several lines count as one', async () => {
    expect(formOf(await ask('GET', `${widgetsPath}/a`, {}))).toBe('json object');
    const several = { Accept: ['text/plain', 'application/yaml'] };
    expect(formOf(await ask('GET', `${widgetsPath}/a`, several))).toBe('yaml object');
  });
});

describe('Content-Type', () => {
  const body = JSON.stringify({ ...widget('a'), metadata: { generateName: 'g-' } });

  it.each(created)('of a new object, %j: %d as kube-apiserver answers', async (contentType, code) => {
    expect(await ask('POST', `${widgetsPath}?dryRun=All`, ofType(contentType), body)).toMatchObject({ code });
  });

  it.each(patched)('of a patch, %j: %d as kube-apiserver answers', async (contentType, code) => {
    const patch = contentType?.includes('json-patch') === true ? '[]' : '{}';
    const answer = await ask('PATCH', `${widgetsPath}/a?dryRun=All`, ofType(contentType), patch);
    expect(answer).toMatchObject({ code });
  });
});

describe('an answer in JSON', () => {
  const path = `${widgetsPath}/a`;
  it.each([
    ['of an object', 'GET', path, {}],
    ['of a list', 'GET', widgetsPath, {}],
    ['that is a Table', 'GET', widgetsPath, { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }],
    ['with metadata alone', 'GET', path, { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' }],
    ['that is a Status', 'GET', `${widgetsPath}/none`, {}],
    ['of discovery', 'GET', '/apis', {}],
    ['of a group version', 'GET', '/apis/demo.example/v1', {}],
  ])('%s ends with a line end, as kube-apiserver writes it', async (_, method, asked, headers) => {
    const { text } = await ask(method, asked, headers);
    expect(text).toMatch(/[^\n]\n$/);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('that is indented does not end with one', async () => {
    expect((await ask('GET', `${path}?pretty=1`, {})).text).toMatch(/\n\}$/);
  });
});

describe('a watch path, which is deprecated', () => {
  const base = '/apis/demo.example/v1/watch';
  const namesSeen = async (path: string): Promise<string[]> => {
    const { code, text } = await ask('GET', `${path}?timeoutSeconds=1`, {});
    expect(code).toBe(200);
    const events = text.split('\n').filter((one) => one !== '');
    return events.map((one) => (JSON.parse(one) as { object: { metadata: { name: string } } }).object.metadata.name);
  };

  it('watches all objects, those of a namespace, or one object', async () => {
    await api.request('post', widgetsPath).send(widget('b')).expect(201);
    expect((await namesSeen(`${base}/widgets`)).sort()).toEqual(['a', 'b']);
    expect((await namesSeen(`${base}/namespaces/default/widgets`)).sort()).toEqual(['a', 'b']);
    expect(await namesSeen(`${base}/namespaces/default/widgets/b`)).toEqual(['b']);
    expect(await namesSeen(`${base}/namespaces/default/widgets/none`)).toEqual([]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('watches by %s, too', async (method) => {
    expect((await ask(method, `${base}/widgets?timeoutSeconds=1`, {})).code).toBe(200);
  });

  it('does not exist for subresources, nor for resources that are not served', async () => {
    expect((await ask('GET', `${base}/namespaces/default/widgets/a/status`, {})).code).toBe(405);
    for (const path of ['/namespaces/default/widgets/a/nosuch', '/nosuch', '/namespaces/default/nosuch']) {
      expect((await ask('GET', `${base}${path}`, {})).code).toBe(404);
    }
  });
});
