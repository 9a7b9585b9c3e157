import { describe, expect, it } from 'vitest';
import { bodyOf, widget, widgetsPath, type Widget } from '../support/api.ts';
import { api, eachWithWidgets, get, made, post } from './widgets-fixture.ts';

eachWithWidgets();

describe('create', () => {
  it('answers 201 with what the server added, and get answers the same bytes', async () => {
    const created = await post(widget('a', { spec: { color: 'red' } })).expect(201);
    const { metadata, ...rest } = created.body as Widget;
    expect(metadata).toMatchObject({ name: 'a', namespace: 'default', generation: 1, resourceVersion: '2' });
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(rest).toEqual({ apiVersion: 'demo.example/v1', kind: 'Widget', spec: { color: 'red', replicas: 1 } });
    const read = await get('a').expect(200);
    expect(read.text).toBe(created.text);
    expect(read.headers['content-type']).toBe('application/json');
  });

  it('ignores fields that only the server sets, and status', async () => {
    const { metadata, status } = await made({
      ...widget('a', { status: { state: 'fine' } }),
      metadata: {
        name: 'a',
        uid: 'mine',
        generation: 9,
        creationTimestamp: '2001-01-01T00:00:00Z',
        deletionTimestamp: '2001-01-01T00:00:00Z',
        managedFields: [{}],
        selfLink: '/x',
        resourceVersion: '0',
      },
    });
    expect(metadata).toEqual({
      name: 'a',
      namespace: 'default',
      uid: expect.not.stringMatching('mine') as string,
      generation: 1,
      creationTimestamp: expect.not.stringContaining('2001') as string,
      resourceVersion: '2',
    });
    expect(status).toBeUndefined();
  });

  it('fills in apiVersion and kind where they are left out', async () => {
    const { apiVersion, kind } = await made({ metadata: { name: 'a' } });
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'demo.example/v1', kind: 'Widget' });
  });

  it('refuses another kind, version, namespace, or a resourceVersion with 400', async () => {
    const messages = await Promise.all(
      [
        { ...widget('a'), kind: 'Gadget' },
        { ...widget('a'), apiVersion: 'demo.example/v2' },
        { ...widget('a'), metadata: { name: 'a', namespace: 'other' } },
        { ...widget('a'), metadata: { name: 'a', resourceVersion: '7' } },
      ].map(async (body) => ((await post(body).expect(400)).body as { message: string }).message),
    );
    expect(messages).toEqual([
      'Gadget in version "v1" cannot be handled as a Widget: the kind in the data must be Widget',
      'the API version in the data (demo.example/v2) does not match the expected API version (demo.example/v1)',
      'the namespace of the provided object does not match the namespace sent on the request',
      'resourceVersion should not be set on objects to be created',
    ]);
  });

  it('answers 409 AlreadyExists for a name that is taken', async () => {
    await made(widget('a'));
    const body = bodyOf(await post(widget('a')).expect(409));
    expect(body).toMatchObject({
      kind: 'Status',
      reason: 'AlreadyExists',
      message: 'widgets.demo.example "a" already exists',
      details: { name: 'a', group: 'demo.example', kind: 'widgets' },
    });
    const dry = await post(widget('a'), '?dryRun=All').expect(409);
    expect((dry.body as { reason: string }).reason).toBe('AlreadyExists');
  });

  it('requires a name or a generateName', async () => {
    const body = bodyOf(await post({ metadata: {} }).expect(422));
    expect(body).toMatchObject({
      message: 'Widget.demo.example "" is invalid: metadata.name: Required value: name or generateName is required',
      details: { causes: [{ field: 'metadata.name', reason: 'FieldValueRequired' }] },
    });
  });

  it('generates a name', async () => {
    const { metadata } = await made({ metadata: { generateName: 'worker-' } });
    expect(metadata.name).toMatch(/^worker-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(metadata.generateName).toBe('worker-');
  });

  it('reports schema and domain violations together, each with its field', async () => {
    const body = bodyOf(await post({ ...widget('a'), spec: { color: 'green', size: -1, parts: [{}] } }).expect(422));
    const { causes } = (body as { details: { causes: { field: string }[] } }).details;
    expect(causes.map(({ field }) => field).sort()).toEqual(['spec.color', 'spec.parts[0].id', 'spec.size']);
  });

  it('shows the result in a dry run, and writes nothing', async () => {
    const body = bodyOf(await post(widget('a'), '?dryRun=All').expect(201));
    expect((body as Widget).metadata.generation).toBe(1);
    expect((body as Widget).metadata.resourceVersion).toBeUndefined();
    await get('a').expect(404);
  });

  it('takes the name from the path if the body has none', async () => {
    const body = bodyOf(await api.request('post', `${widgetsPath}/a`).send({}).expect(201));
    expect((body as Widget).metadata.name).toBe('a');
    await api.request('post', `${widgetsPath}/a`).send(widget('b')).expect(400);
  });

  it('passes on warnings of the strategy', async () => {
    const { headers } = await post(widget('a', { spec: { color: 'grey' } })).expect(201);
    expect(headers['warning']).toBe('299 - "spec.color: \\"grey\\" is going out of fashion"');
  });
});
