/** Bodies as the server takes them: by the kind that is expected. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import type { ActionSubresource } from '../../../src/apiserver/resource.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import type { OpenApiSchemas } from '../../../src/schema/contract.ts';
import { createResourceSchema } from '../../../src/schema/index.ts';
import { Api, bodyOf, widget, widgetsPath } from '../../support/api.ts';
import { enveloped, field } from './decoded.ts';

const media = 'application/vnd.kubernetes.protobuf';
const name = field(1, field(1, 'a'));

let api: Api;
let taken: KubeObject[];
beforeEach(async () => {
  taken = [];
  const scale: ActionSubresource = {
    type: 'action',
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    schema: createResourceSchema(
      'io.k8s.api.autoscaling.v1.Scale',
      kubernetes.components.schemas as unknown as OpenApiSchemas,
    ),
    create: (_context, _target, body) => {
      taken.push(body);
      return Promise.resolve(body);
    },
  };
  api = await Api.started({ subresources: { scale } });
  await api.request('post', widgetsPath).send(widget('a')).expect(201);
});
afterEach(() => api.stop());

const send = (method: 'post' | 'put' | 'delete', path: string, body: Buffer) =>
  api.request(method, `${widgetsPath}${path}`).set('content-type', media).send(body);

describe('a kind of Kubernetes', () => {
  it('is taken as protobuf', async () => {
    const body = enveloped('autoscaling/v1', 'Scale', name, field(2, field(1, 3)));
    const answer = await send('post', '/a/scale?fieldValidation=Strict', body).expect(201);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(bodyOf(answer)).toMatchObject({ kind: 'Scale', metadata: { name: 'a' }, spec: { replicas: 3 } });
    expect(taken).toHaveLength(1);
  });

  it.each([
    ['another kind', enveloped('autoscaling/v1', 'Pod', field(1, 1)), /the kind in the data must be Scale/],
    ['another version', enveloped('v1', 'Scale', name), /does not match the expected API version/],
    [
      'a broken message',
      enveloped('autoscaling/v1', 'Scale', Buffer.from([0x0a])),
      'Scale in version "v1" cannot be handled as a Scale: unexpected EOF',
    ],
    [
      'JSON under that name',
      Buffer.from('{}'),
      'the object provided is unrecognized (must be of type Scale): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    ],
    ['nothing', Buffer.alloc(0), 'the object provided is unrecognized (must be of type Scale): empty data'],
  ])('answers 400 to %s', async (_, body, message) => {
    const answer = await send('post', '/a/scale', body).expect(400);
    expect(bodyOf(answer)).toMatchObject({ reason: 'BadRequest' });
    const text = (bodyOf(answer) as { message: string }).message;
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
    expect(taken).toEqual([]);
  });

  it('names protobuf among what it takes', async () => {
    const answer = await api.request('post', `${widgetsPath}/a/scale`).type('text/plain').send('x').expect(415);
    expect(bodyOf(answer)).toMatchObject({
      message: `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${media}`,
    });
  });
});

describe('a kind of another group', () => {
  it.each([
    ['post', ''],
    ['put', '/a'],
  ] as const)('has no protobuf form: %s answers 415 with those it has', async (method, path) => {
    const answer = await send(method, path, enveloped('demo.example/v1', 'Widget', name)).expect(415);
    expect(bodyOf(answer)).toMatchObject({
      kind: 'Status',
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    });
  });

  it('is deleted with options in protobuf, as these are a kind of Kubernetes', async () => {
    await send('delete', '/a', enveloped('v1', 'DeleteOptions', field(5, 'All'))).expect(200);
    await api.request('get', `${widgetsPath}/a`).expect(200);
    const other = enveloped('v1', 'DeleteOptions', field(2, field(1, 'another-uid')));
    await send('delete', '/a', other).expect(409);
    await send('delete', '', enveloped('v1', 'DeleteOptions', field(5, 'All'))).expect(200);
    await api.request('get', `${widgetsPath}/a`).expect(200);
    await send('delete', '/a', enveloped('v1', 'DeleteOptions', field(4, 'Background'))).expect(200);
    await api.request('get', `${widgetsPath}/a`).expect(404);
  });

  it.each([
    ['another kind', 400, enveloped('v1', 'Pod'), 'no kind "Pod" is registered for version "v1"'],
    ['a broken message', 400, enveloped('v1', 'DeleteOptions', Buffer.from([0x0a])), /unexpected EOF/],
    ['an unknown policy', 422, enveloped('v1', 'DeleteOptions', field(4, 'Sometimes')), /propagationPolicy/],
  ])('is not deleted with %s for options', async (_, code, body, message) => {
    const answer = await send('delete', '/a', body).expect(code);
    expect(bodyOf(answer)).toMatchObject({ message: expect.stringMatching(message) as string });
    await api.request('get', `${widgetsPath}/a`).expect(200);
  });
});
