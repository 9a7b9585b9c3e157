/** Watches of a resource with two versions, and what cannot be converted. */
import { beforeEach, describe, expect, it } from 'vitest';
import { gadget, gadgetV1, onlyHub, v1, v1beta1 } from '../support/gadgets.ts';
import { api, eachWithGadgets, get, partialAccept, post, tableAccept, watch, type Shown } from './versions-fixture.ts';

eachWithGadgets();

describe('a watch', () => {
  it('has all its events in its version, also those of writes through the other', async () => {
    await post(v1beta1, gadget('old', { color: 'red' }));
    const query = '?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const inHub = await watch(`${v1beta1}${query}`);
    const inV1 = await watch(`${v1}${query}`);
    for (const client of [inHub, inV1]) {
      const [added, bookmark] = await client.next(2);
      expect(added).toMatch(/^ADDED old@/);
      expect(bookmark).toMatch(/^BOOKMARK -@\d+ end$/);
    }
    await post(v1, gadgetV1('new', { paint: { color: 'blue' } }));
    await api
      .request('patch', `${v1beta1}/new`)
      .set('content-type', 'application/merge-patch+json')
      .send({ spec: { size: 1 } })
      .expect(200);
    await api.request('delete', `${v1}/old`).expect(200);
    for (const [client, apiVersion] of [
      [inHub, 'gadgets.example/v1beta1'],
      [inV1, 'gadgets.example/v1'],
    ] as const) {
      expect((await client.next(3)).map((event) => event.split('@')[0])).toEqual([
        'ADDED new',
        'MODIFIED new',
        'DELETED old',
      ]);
      expect(client.lines.map(({ object }) => object)).toEqual(
        client.lines.map(() => expect.objectContaining({ apiVersion, kind: 'Gadget' }) as unknown),
      );
    }
    expect(inHub.lines.map(({ object }) => object.metadata.resourceVersion)).toEqual(
      inV1.lines.map(({ object }) => object.metadata.resourceVersion),
    );
    expect(inV1.lines[3]?.object).toMatchObject({ spec: { paint: { color: 'blue' }, dimensions: { size: 1 } } });
    expect(inV1.lines[4]?.object).toMatchObject({ spec: { paint: { color: 'red' } } });
  });

  it('resumes from a version of the other, and selects by its own fields', async () => {
    const made = await post(v1beta1, gadget('one', { color: 'red' }));
    await post(v1, gadgetV1('two', { paint: { color: 'blue' } }));
    const after = `?watch=1&resourceVersion=${made.metadata.resourceVersion}`;
    const all = await watch(`${v1}${after}`);
    const blue = await watch(`${v1}${after}&fieldSelector=spec.paint.color=blue`);
    const rows = await watch(`${v1}${after}`, tableAccept);
    const patch = { spec: { color: 'green ' } };
    await api
      .request('patch', `${v1beta1}/two`)
      .set('content-type', 'application/merge-patch+json')
      .send(patch)
      .expect(200);
    expect((await all.next(2)).map((event) => event.split('@')[0])).toEqual(['ADDED two', 'MODIFIED two']);
    expect((await blue.next(2)).map((event) => event.split('@')[0])).toEqual(['ADDED two', 'DELETED two']);
    await rows.next(2);
    expect(rows.lines[0]?.object.columnDefinitions).toHaveLength(3);
    expect(rows.lines.map(({ object }) => object.rows[0]?.cells)).toEqual([
      ['two', 'blue', 1],
      ['two', 'green ', 1],
    ]);
  });
});

describe('what cannot be converted', () => {
  beforeEach(async () => {
    await post(v1beta1, gadget('good', { color: 'red' }));
    await post(v1beta1, gadget('bad', { color: onlyHub }));
  });

  it('leads to an error that names the object, for clients that read it in that version', async () => {
    const message =
      'Internal error occurred: conversion of Gadget "default/bad" from gadgets.example/v1beta1 to gadgets.example/v1 failed';
    for (const path of [`${v1}/bad`, v1, `${v1}?limit=5`, `${v1}?labelSelector=!x`]) {
      for (const accept of ['application/json', tableAccept, partialAccept]) {
        const { body } = (await api.request('get', path).set('accept', accept).expect(500)) as { body: Shown };
        expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'InternalError', message, code: 500 });
      }
    }
  });

  it('does not hide other objects: not in its own version, not by name, not from watches', async () => {
    expect((await get(v1beta1)).items).toHaveLength(2);
    expect((await get(`${v1}/good`)).spec).toMatchObject({ paint: { color: 'red' } });
    expect((await get(`${v1}?fieldSelector=metadata.name=good`)).items).toHaveLength(1);
    const failing = await watch(`${v1}?watch=1&labelSelector=a=b`);
    const [version] = [(await get(v1beta1)).metadata.resourceVersion];
    const following = await watch(`${v1}?watch=1&resourceVersion=${version}&labelSelector=a=b`);
    const hub = await watch(`${v1beta1}?watch=1&resourceVersion=${version}`);
    expect(await failing.rest()).toEqual(['ERROR 500 InternalError']);
    await post(v1, gadgetV1('labelled', {}, { labels: { a: 'b' } }));
    await post(v1beta1, gadget('worse', { color: onlyHub }));
    await post(v1beta1, gadget('last', {}));
    expect((await following.rest()).map((event) => event.split('@')[0])).toEqual([
      'ADDED labelled',
      'ERROR 500 InternalError',
    ]);
    expect((await hub.next(3)).map((event) => event.split('@')[0])).toEqual([
      'ADDED labelled',
      'ADDED worse',
      'ADDED last',
    ]);
  });

  it('does not take the events before it from a watch that is behind', async () => {
    const { metadata } = await get(v1beta1);
    await post(v1, gadgetV1('before'));
    await post(v1beta1, gadget('worse', { color: onlyHub }));
    const following = await watch(`${v1}?watch=1&resourceVersion=${metadata.resourceVersion}`);
    expect((await following.rest()).map((event) => event.split('@')[0])).toEqual([
      'ADDED before',
      'ERROR 500 InternalError',
    ]);
  });

  it('can be deleted through both versions', async () => {
    await post(v1beta1, gadget('worse', { color: onlyHub }));
    await api.request('delete', `${v1}/bad`).expect(200);
    await api.request('delete', `${v1beta1}/worse`).expect(200);
    expect((await get(v1)).items).toHaveLength(1);
  });
});
