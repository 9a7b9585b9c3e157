import { describe, expect, it } from 'vitest';
import { racksPath, widget, widgetsPath, type Widget } from '../support/api.ts';
import { messageOf, post } from './bad-input-fixture.ts';
import { api, eachWithWidgets } from './widgets-fixture.ts';

eachWithWidgets();

const merge = (name: string, body: string, query = '') =>
  api.request('patch', `${widgetsPath}/${name}${query}`).set('content-type', 'application/merge-patch+json').send(body);

describe('documents that cannot be read', () => {
  it.each([
    ['{"metadata":', 'unexpected end|line 1, column 13'],
    ['', '<empty>'],
    ['{"a": 1,\n  "b" 2}', 'line 2, column 7'],
    ['[]', 'expected an object, found a list'],
    ['7', 'expected an object, found a number'],
    ['null', 'expected an object, found null'],
  ])('answers 400 and says where: %s', async (body, where) => {
    const answer = await post(body).expect(400);
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
    expect(messageOf(answer)).toMatch(/^the object provided is unrecognized \(must be of type Widget\): /);
    expect(messageOf(answer)).toMatch(new RegExp(where));
  });

  it.each([
    ['metadata:\n\tname: y', 'yaml: line 2'],
    ['a: b\n---\nc: d\n', 'yaml: there is more than one document'],
    ['a: *nothing', 'yaml: '],
    ['- a\n- b\n', 'expected an object, found a list'],
  ])('answers 400 to YAML that is none of its kind: %j', async (body, where) => {
    expect(messageOf(await post(body, '', 'application/yaml').expect(400))).toContain(where);
  });

  it.each([
    ['? [a]\n: b\n', 'yaml: line 1, column 3: invalid map key: ["a"]'],
    ['metadata:\n  ? {x: y}\n  : b\n', 'yaml: line 2, column 5: invalid map key: {"x":"y"}'],
    ['a: &k [1]\n*k : b\n', 'yaml: line 2, column 1: invalid map key: [1]'],
  ])('answers 400 to YAML keys that are collections, and warns of nothing: %j', async (body, where) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    expect(messageOf(await post(body, '', 'application/yaml').expect(400))).toContain(where);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('answers 400 to YAML aliases that multiply', async () => {
    const levels = Array.from({ length: 20 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}*a${n}]`);
    await post(`a0: &a0 [x,x]\n${levels.join('\n')}\n`, '', 'application/yaml').expect(400);
  });

  it.each(['metadata', 'kind', 'apiVersion'])('answers 400 if %s has the wrong type', async (field) => {
    await post(JSON.stringify({ ...widget('a'), [field]: [1] })).expect(400);
  });

  it('answers 400 for metadata of the wrong type, 422 for wrong types elsewhere', async () => {
    const name = 'json: cannot unmarshal number into Go struct field ObjectMeta.name of type string';
    expect(messageOf(await post('{"metadata":{"name":7}}').expect(400))).toContain(name);
    const labels = await post('{"metadata":{"name":"a","labels":["x"]}}').expect(400);
    expect(messageOf(labels)).toContain('ObjectMeta.labels of type map[string]string');
    const spec = await post('{"metadata":{"name":"a"},"spec":{"size":"big","parts":{}}}').expect(422);
    const { causes } = (spec.body as { details: { causes: { field: string; reason: string }[] } }).details;
    expect(causes.map(({ field, reason }) => `${field} ${reason}`).sort()).toEqual([
      'spec.parts FieldValueTypeInvalid',
      'spec.size FieldValueTypeInvalid',
    ]);
  });
});

describe('what kube-apiserver was asked about', () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'x' };
  const owned = (more: object): string =>
    JSON.stringify({ ...widget('a'), metadata: { name: 'a', ownerReferences: [{ ...owner, ...more }] } });

  it('names the Go struct that has the field', async () => {
    expect(messageOf(await post(owned({ controller: 'yes' })).expect(400))).toContain(
      'json: cannot unmarshal string into Go struct field OwnerReference.ownerReferences.controller of type bool',
    );
  });

  it('says of an owner that lacks a field that it must not be empty', async () => {
    expect(messageOf(await post(owned({ uid: undefined })).expect(422))).toMatch(
      /is invalid: metadata.ownerReferences\[0\].uid: Required value: must not be empty$/,
    );
  });

  it('leaves nobody as the owner of what only the server sets', async () => {
    const metadata = { name: 'a', deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 3 };
    const answer = await post(JSON.stringify({ ...widget('a'), metadata })).expect(201);
    expect((answer.body as Widget).metadata.deletionTimestamp).toBeUndefined();
    expect(answer.text).not.toContain('f:deletion');
  });

  it('warns of the unknown fields of a patch in the order of their names', async () => {
    await post(JSON.stringify(widget('a'))).expect(201);
    const answer = await merge('a', '{"zebra":1,"apple":2}').expect(200);
    expect(answer.get('warning')?.toString()).toBe(
      '299 - "unknown field \\"apple\\"", 299 - "unknown field \\"zebra\\""',
    );
  });

  it('does not export', async () => {
    await post(JSON.stringify(widget('a'))).expect(201);
    const answer = await api.request('get', `${widgetsPath}/a?export=true`).expect(400);
    expect(messageOf(answer)).toBe('the export parameter, deprecated since v1.14, is no longer supported');
  });
});

describe('unknown fields', () => {
  const document =
    '{"metadata":{"name":"a","fooo":1},"spec":{"color":"x","color":"y","zz":1,"parts":[{"id":"i","q":1}]},"top":1}';
  const complaints = [
    'duplicate field "spec.color"',
    'unknown field "metadata.fooo"',
    'unknown field "spec.zz"',
    'unknown field "spec.parts[0].q"',
    'unknown field "top"',
  ];

  it('are dropped with a warning', async () => {
    const answer = await post(document).expect(201);
    expect(answer.headers['warning']).toBe(complaints.map((one) => `299 - ${JSON.stringify(one)}`).join(', '));
    expect((answer.body as Widget).spec).toEqual({ color: 'y', parts: [{ id: 'i' }], replicas: 1 });
    expect(answer.text).not.toContain('fooo');
  });

  it('are all listed in a 400 if validation is strict', async () => {
    const answer = await post(document, '?fieldValidation=Strict').expect(400);
    expect(messageOf(answer)).toBe(
      `Widget in version "v1" cannot be handled as a Widget: strict decoding error: ${complaints.join(', ')}`,
    );
    expect((answer.body as { details?: unknown }).details).toBeUndefined();
  });

  it('are dropped silently if validation is off', async () => {
    const answer = await post(document, '?fieldValidation=Ignore').expect(201);
    expect(answer.headers['warning']).toBeUndefined();
  });

  it('lead to a 422 with the cause "patch" in a strict patch, and to a warning otherwise', async () => {
    await post('{"metadata":{"name":"a"}}').expect(201);
    const patch = '{"spec":{"color":"1","color":"2","zz":1}}';
    const strict = await merge('a', patch, '?fieldValidation=Strict').expect(422);
    expect(strict.body).toMatchObject({ details: { causes: [{ field: 'patch', reason: 'FieldValueInvalid' }] } });
    expect(messageOf(strict)).toContain('strict decoding error: duplicate field "spec.color", unknown field "spec.zz"');
    const warned = await merge('a', patch).expect(200);
    expect(warned.headers['warning']).toBe(
      '299 - "duplicate field \\"spec.color\\"", 299 - "unknown field \\"spec.zz\\""',
    );
    expect((warned.body as Widget).spec).toEqual({ color: '2', replicas: 1 });
  });

  it('are reported with their line if the body is YAML', async () => {
    const yaml = 'metadata:\n  name: y\n  name: z\nfoo: 1\n';
    const warned = await post(yaml, '', 'application/yaml').expect(201);
    expect(warned.headers['warning']).toBe(
      '299 - "line 3: key \\"name\\" already set in map", 299 - "unknown field \\"foo\\""',
    );
    expect((warned.body as Widget).metadata.name).toBe('z');
    const strict = await post(yaml, '?fieldValidation=Strict', 'application/yaml').expect(400);
    expect(messageOf(strict)).toContain(
      'strict decoding error: yaml: unmarshal errors:\n  line 3: key "name" already set in map, unknown field "foo"',
    );
  });
});

describe('keys with a meaning in JavaScript', () => {
  const polluted = () => ({}) as Record<string, unknown>;

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is an unknown field like any other',
    async (key) => {
      const body = `{"metadata":{"name":"a"},"spec":{"${key}":{"polluted":true}},"${key}":{"polluted":true}}`;
      const answer = await post(body, '?fieldValidation=Strict').expect(400);
      expect(messageOf(answer)).toContain(`unknown field "spec.${key}", unknown field "${key}"`);
      await post(body, '?fieldValidation=Ignore').expect(201);
      await merge('a', `{"spec":{"${key}":{"polluted":true}},"${key}":{"polluted":true}}`).expect(200);
      await post(`metadata: {name: b}\nspec: {${key}: {polluted: true}}\n`, '', 'application/yaml').expect(201);
      expect(polluted()['polluted']).toBeUndefined();
      const { text } = await api.request('get', `${widgetsPath}/a`).expect(200);
      expect(text).not.toContain('polluted');
    },
  );

  it('__proto__ is kept where the schema keeps all fields', async () => {
    const body = '{"metadata":{"name":"r"},"data":{"__proto__":{"x":1},"a":2}}';
    const { text } = await api
      .request('post', racksPath)
      .set('content-type', 'application/json')
      .send(body)
      .expect(201);
    expect(text).toContain('"data":{"__proto__":{"x":1},"a":2}');
    const patched = await api
      .request('patch', `${racksPath}/r`)
      .set('content-type', 'application/merge-patch+json')
      .send('{"data":{"__proto__":{"y":2}}}')
      .expect(200);
    expect(patched.text).toContain('"__proto__":{"x":1,"y":2}');
    expect(polluted()['y']).toBeUndefined();
  });

  it('may be names of labels', async () => {
    const answer = await post('{"metadata":{"name":"a","labels":{"constructor":"x"}}}').expect(201);
    expect(answer.text).toContain('"labels":{"constructor":"x"}');
    const list = await api.request('get', `${widgetsPath}?labelSelector=toString`).expect(200);
    expect((list.body as { items: unknown[] }).items).toEqual([]);
  });

  it('may be in paths, also as subresources', async () => {
    await post('{"metadata":{"name":"a"}}').expect(201);
    for (const key of ['constructor', '__proto__', 'toString']) {
      await api.request('get', `${widgetsPath}/a/${key}`).expect(404);
      await api.request('get', `/apis/demo.example/v1/${key}`).expect(404);
      await api.request('get', `/${key}`).expect(404);
    }
  });
});

describe('excessive documents', () => {
  const deep: Readonly<Record<string, [body: () => string, type: string]>> = {
    'JSON lists': [() => '['.repeat(1_000_000) + ']'.repeat(1_000_000), 'application/json'],
    'JSON objects': [() => `${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`, 'application/json'],
    'lists left open': [() => '['.repeat(1_000_000), 'application/json'],
    'YAML lists': [() => '['.repeat(20_000) + ']'.repeat(20_000), 'application/yaml'],
    'a field': [() => `{"spec":${'['.repeat(600)}${']'.repeat(600)}}`, 'application/json'],
  };

  it.each(Object.keys(deep))('answers 400 to deep nesting: %s', async (name) => {
    const [body, type] = deep[name] ?? [() => '', ''];
    await post(body(), '', type).expect(400);
  });

  it('answers 400 to a patch that is nested deeply, or that makes an object nested deeply', async () => {
    await api
      .request('post', racksPath)
      .send({ metadata: { name: 'r' }, data: {} })
      .expect(201);
    const patch = (type: string, body: string) =>
      api.request('patch', `${racksPath}/r`).set('content-type', `application/${type}`).send(body);
    await patch('merge-patch+json', `{"data":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`).expect(400);
    const operations = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/data', path: '/data/a' }));
    const { status } = await patch('json-patch+json', JSON.stringify(operations));
    expect([200, 400, 413, 422]).toContain(status);
    await api.request('get', '/readyz').expect(200);
  });

  it('answers 413 beyond 3 MiB, with or without Content-Length', async () => {
    const big = JSON.stringify({ metadata: { name: 'a' }, spec: { color: 'x'.repeat(3 * 1024 * 1024) } });
    const answer = await post(big).expect(413);
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge' });
    expect(messageOf(answer)).toBe('Request entity too large: limit is 3145728');
    const fits = JSON.stringify({ metadata: { name: 'a' }, spec: { color: 'x'.repeat(3 * 1024 * 1024 - 100) } });
    // The body is read; stored objects have another limit.
    expect(messageOf(await post(fits).expect(413))).not.toContain('3145728');
  });
});
