/** What is wrong with a request beside its body: its types, its path, its options. */
import { describe, expect, it } from 'vitest';
import { racksPath, widgetsPath } from '../support/api.ts';
import { messageOf, post } from './bad-input-fixture.ts';
import { api, eachWithWidgets } from './widgets-fixture.ts';

eachWithWidgets();

describe('media types', () => {
  it.each(['text/plain', 'application/vnd.kubernetes.protobuf', 'multipart/form-data', 'nonsense'])(
    'answers 415 to %s',
    async (type) => {
      const answer = await post('{}', '', type).expect(415);
      expect(messageOf(answer)).toBe(
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
      );
    },
  );

  it('takes JSON with parameters, and YAML', async () => {
    await post('{"metadata":{"name":"a"}}', '', 'application/json; charset=utf-8').expect(201);
    const answer = await post('metadata: {name: b}\nspec: {color: yes, size: 0o7}\n', '', 'application/yaml');
    expect(answer.status).toBe(422);
    await post('metadata: {name: b}\nspec: {color: 2001-01-01}\n', '', 'application/yaml').expect(201);
  });

  it('answers 406 in JSON if the client accepts none of our types, before it does anything', async () => {
    const answer = await post('{"metadata":{"name":"a"}}').set('accept', 'text/html').expect(406);
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'NotAcceptable', code: 406 });
    await api.request('get', `${widgetsPath}/a`).expect(404);
  });

  it('answers in YAML, also with errors', async () => {
    await post('{"metadata":{"name":"a"}}').expect(201);
    const yaml = await api.request('get', `${widgetsPath}/a`).set('accept', 'application/yaml').expect(200);
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(yaml.text).toContain('kind: Widget');
    const missing = await api.request('get', `${widgetsPath}/b`).set('accept', 'application/yaml').expect(404);
    expect(missing.text).toContain('reason: NotFound');
  });
});

describe('paths', () => {
  it.each([
    [`${widgetsPath}/%2e%2e`, 400, `Name parameter invalid: "..": may not be '..'`],
    [`${widgetsPath}/%2e`, 400, `Name parameter invalid: ".": may not be '.'`],
    [`${widgetsPath}/a%2Fb`, 400, `Name parameter invalid: "a/b": may not contain '/'`],
    [`${widgetsPath}/a%252Fb`, 400, `Name parameter invalid: "a%2Fb": may not contain '%'`],
    [`/apis/demo.example/v1/namespaces/..%2f..%2fetc/widgets/a`, 400, 'Namespace parameter invalid'],
    [`${widgetsPath}/%zz`, 400, 'invalid URL escape'],
    [`${widgetsPath}/a/b/c`, 404, 'the server could not find the requested resource'],
    [`${widgetsPath}//a`, 404, 'the server could not find the requested resource'],
    ['/apis/demo.example/v1/namespaces/default/racks/a', 404, 'the server could not find the requested resource'],
    ['/apis/demo.example/v1/widgets/a', 404, 'the server could not find the requested resource'],
    ['/apis/demo.example/v9/widgets', 404, 'the server could not find the requested resource'],
    ['/nowhere', 404, 'the server could not find the requested resource'],
    [`${widgetsPath}/${'n'.repeat(2000)}`, 404, 'not found'],
  ])('GET %s: %i', async (path, status, message) => {
    const answer = await api.request('get', path).expect(status);
    expect(answer.body).toMatchObject({ kind: 'Status', code: status });
    expect(messageOf(answer)).toContain(message);
  });

  it('takes a trailing slash, and HEAD', async () => {
    await post('{"metadata":{"name":"a"}}').expect(201);
    await api.request('get', `${widgetsPath}/`).expect(200);
    await api.request('get', `${widgetsPath}/a/`).expect(200);
    const head = await api.request('head', `${widgetsPath}/a`).expect(200);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
    expect(head.text).toBeUndefined();
  });

  it.each([
    ['options', `${widgetsPath}/a`, 405],
    ['post', '/apis/demo.example/v1/widgets', 404],
    ['put', widgetsPath, 400],
    ['patch', widgetsPath, 400],
    ['delete', '/apis/demo.example/v1/widgets', 404],
    ['delete', racksPath, 405],
    ['get', '/apis/demo.example/v1/namespaces/default/racks', 404],
    ['post', '/apis/demo.example/v1/namespaces/default/racks', 404],
    ['delete', `${widgetsPath}/a/status`, 405],
    ['post', '/healthz', 405],
    ['delete', '/version', 405],
  ] as const)('%s %s: %i', async (method, path, status) => {
    await api.request(method, path).set('content-type', 'application/merge-patch+json').send('{}').expect(status);
  });

  it('reads null as an empty JSON patch and as empty DeleteOptions', async () => {
    await post('{"metadata":{"name":"empty"}}').expect(201);
    const path = `${widgetsPath}/empty`;
    await api.request('patch', path).set('content-type', 'application/json-patch+json').send('null').expect(200);
    await api.request('patch', path).set('content-type', 'application/merge-patch+json').send('null').expect(400);
    await api.request('delete', path).set('content-type', 'application/json').send('null').expect(200);
  });

  it('refuses names that are paths', async () => {
    for (const name of ['a/b', '..', '../../etc/passwd', 'a\\b', 'A', 'a b', '', 'a\u0000b']) {
      await post(JSON.stringify({ metadata: { name } })).expect(422);
    }
  });
});

describe('options', () => {
  it.each([
    ['post', '?fieldValidation=Stri', 422, 'fieldValidation: Unsupported value: "Stri"'],
    ['post', '?dryRun=maybe', 422, 'dryRun: Unsupported value: ["maybe"]: supported values: "All"'],
    ['post', `?fieldManager=${'x'.repeat(129)}`, 422, 'fieldManager: Too long'],
    ['post', '?fieldManager=a%00b', 422, 'invalid character U+0000 (at position 1)'],
    ['delete', '?gracePeriodSeconds=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['delete', '?propagationPolicy=Foo', 422, 'propagationPolicy: Unsupported value: "Foo"'],
    ['get', '?resourceVersion=abc', 400, 'abc'],
    ['get', '?labelSelector=a%3D%3D%3Db', 400, 'unable to parse'],
    ['get', '?labelSelector=%28%28', 400, ''],
    ['get', '?fieldSelector=spec.size%3D1', 400, 'field label not supported: spec.size'],
    ['get', '?fieldSelector=nonsense', 400, 'nonsense'],
    ['get', '?continue=garbage', 400, 'continue'],
    ['get', '?limit=many', 400, 'many'],
  ] as const)('%s %s: %i', async (method, query, status, message) => {
    const path = method === 'delete' ? `${widgetsPath}/a` : widgetsPath;
    const answer = await api
      .request(method, path + query)
      .send(method === 'post' ? { metadata: { name: 'a' } } : undefined)
      .expect(status);
    expect(messageOf(answer)).toContain(message);
  });
});
