/** Who owns which fields of a resource with two versions. */
import { describe, expect, it } from 'vitest';
import { gadget, gadgetV1, v1, v1beta1 } from '../support/gadgets.ts';
import { write } from '../support/store-writes.ts';
import { api, apply, eachStopped, get, merge, post, start } from './versions-write-fixture.ts';

eachStopped();

describe('managedFields', () => {
  const entries = async (): Promise<[string, string, unknown][]> =>
    ((await get(`${v1beta1}/one`)).metadata.managedFields ?? []).map(({ manager, apiVersion, fieldsV1 }) => [
      manager,
      apiVersion,
      fieldsV1,
    ]);

  it('are kept in the version of each manager, and conflict across versions', async () => {
    await start();
    await apply(`${v1}/one`, 'painter', gadgetV1('one', { paint: { color: 'red' } }), 201);
    await apply(`${v1beta1}/one`, 'sizer', gadget('one', { size: 3 }));
    expect(await entries()).toEqual([
      ['painter', 'gadgets.example/v1', { 'f:spec': { 'f:paint': { 'f:color': {} } } }],
      ['sizer', 'gadgets.example/v1beta1', { 'f:spec': { 'f:size': {} } }],
    ]);
    const conflict = await apply(`${v1beta1}/one`, 'sizer', gadget('one', { size: 3, color: 'blue' }), 409);
    expect(conflict.message).toContain('conflict with "painter": .spec.paint.color');
    await apply(`${v1beta1}/one`, 'sizer&force=true', gadget('one', { size: 3, color: 'blue' }));
    expect(await entries()).toEqual([
      ['sizer', 'gadgets.example/v1beta1', { 'f:spec': { 'f:color': {}, 'f:size': {} } }],
    ]);
  });

  it('take away what a manager gives up in the version in which it had it', async () => {
    await start();
    const pieces = [{ name: 'a', label: 'A' }, { name: 'b' }];
    await apply(`${v1}/one`, 'one', gadgetV1('one', { paint: { color: 'red' }, pieces, note: 'n' }), 201);
    await apply(`${v1beta1}/one`, 'other', gadget('one', { parts: [{ id: 'b' }] }));
    await apply(`${v1beta1}/one`, 'one', gadget('one', { color: 'red' }));
    expect((await get(`${v1}/one`)).spec).toEqual({ paint: { color: 'red' }, count: 1, pieces: [{ name: 'b' }] });
    expect((await entries()).map(([manager, apiVersion]) => [manager, apiVersion]).sort()).toEqual([
      ['one', 'gadgets.example/v1beta1'],
      ['other', 'gadgets.example/v1beta1'],
    ]);
  });

  it('follow updates through the other version', async () => {
    await start();
    await apply(`${v1}/one`, 'one', gadgetV1('one', { paint: { color: 'red' }, dimensions: { size: 1 } }), 201);
    await merge(`${v1beta1}/one?fieldManager=two`, { spec: { color: 'blue' } });
    expect(await entries()).toEqual([
      ['one', 'gadgets.example/v1', { 'f:spec': { 'f:dimensions': { 'f:size': {} } } }],
      ['two', 'gadgets.example/v1beta1', { 'f:spec': { 'f:color': {} } }],
    ]);
    await merge(`${v1}/one/status?fieldManager=three`, { status: { phase: 'up' } });
    expect((await entries()).find(([manager]) => manager === 'three')).toEqual([
      'three',
      'gadgets.example/v1',
      { 'f:status': { '.': {}, 'f:phase': {} } },
    ]);
  });

  it('of a version that no longer exists are dropped by the next write', async () => {
    await start();
    await post(v1beta1, gadget('one', { color: 'red' }));
    const fieldsV1 = { 'f:spec': { 'f:color': {} } };
    const gone = {
      manager: 'gone',
      operation: 'Update',
      apiVersion: 'gadgets.example/v1alpha1',
      fieldsType: 'FieldsV1',
      fieldsV1,
    };
    const entry = await api.store.read('/gadgets.example/gadgets/default/one');
    const object = JSON.parse(entry?.value.toString() ?? '') as { metadata: object };
    const revision = await write(
      api.store,
      '/gadgets.example/gadgets/default/one',
      entry?.revision ?? 0,
      Buffer.from(JSON.stringify({ ...object, metadata: { ...object.metadata, managedFields: [gone] } })),
    );
    await api.hub.waitFor(revision);
    await apply(`${v1}/one`, 'new', gadgetV1('one', { dimensions: { size: 2 } }));
    expect((await entries()).map(([manager]) => manager)).toEqual(['new']);
  });
});

describe('the scale', () => {
  it('is the same in both versions, and its owners are those of the field in each version', async () => {
    await start();
    await apply(`${v1}/one`, 'v1', gadgetV1('one', { count: 2 }), 201);
    for (const path of [v1beta1, v1])
      expect(await get(`${path}/one/scale`)).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { replicas: 2 } });
    await merge(`${v1}/one/scale?fieldManager=scaler`, { spec: { replicas: 5 } });
    expect((await get(`${v1}/one`)).spec).toEqual({ count: 5 });
    const owners = async () =>
      ((await get(`${v1}/one`)).metadata.managedFields ?? []).map(({ manager, apiVersion, subresource, fieldsV1 }) => [
        ...[manager, apiVersion, subresource, fieldsV1],
      ]);
    expect(await owners()).toEqual([['scaler', 'gadgets.example/v1', 'scale', { 'f:spec': { 'f:count': {} } }]]);
    await merge(`${v1beta1}/one/scale?fieldManager=other`, { spec: { replicas: 6 } });
    expect(await owners()).toEqual([['other', 'gadgets.example/v1beta1', 'scale', { 'f:spec': { 'f:replicas': {} } }]]);
  });
});
