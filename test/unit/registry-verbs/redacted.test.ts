import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext, Redaction } from '../../../src/apiserver/resource.ts';
import { createReadOnlyRegistry } from '../../../src/apiserver/registry/index.ts';
import { visibleTo } from '../../../src/apiserver/registry/redacted.ts';
import { admin, Api, widget, widgetDefinition, type Widget } from '../../support/api.ts';

const redact = vi.fn<Redaction<Widget>['redact']>((object) => {
  if (object.spec?.size === undefined) return object;
  const copy = structuredClone(object);
  delete copy.spec?.size;
  return copy;
});
const redaction: Redaction<Widget> = { mayReveal: () => false, redact, restore: (next) => next };
const context: CallContext = {
  user: admin,
  requestId: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
};

let api: Api;
let whole: ResourceRegistry<Widget>;
let redacted: ResourceRegistry<Widget>;
beforeEach(async () => {
  api = await Api.started({ redaction });
  whole = api.server.registry<Widget>('demo.example', 'widgets');
  if (whole.redacted === undefined) throw new Error('nothing is redacted');
  redacted = whole.redacted;
  await make('a', { size: 7_204_913_558_061 });
});
afterEach(() => api.stop());

const make = (name: string, spec: Widget['spec'] & object) => whole.create(context, 'default', widget(name, { spec }));
const paint = (name: string, color: string) =>
  whole.update(context, { namespace: 'default', name }, (now) => ({
    ...widget(name),
    ...now,
    spec: { ...now?.spec, color },
  }));

describe('a redacted state', () => {
  it('has bytes that say what its object says, the same for every reader', async () => {
    const seen = redacted.cache.get('default', 'a');
    expect(JSON.parse(seen?.json.toString() ?? '')).toEqual(seen?.object);
    expect(seen?.object.spec).toEqual({ replicas: 1 });
    const again = await redacted.get({ namespace: 'default', name: 'a' });
    expect(again.json).toBe(seen?.json);
    expect(redacted.cache.list({}).objects[0]?.json).toBe(seen?.json);
    const rewritten = await redacted.update(context, { namespace: 'default', name: 'a' }, () =>
      widget('a', { spec: { size: 7_204_913_558_061 } }),
    );
    expect(rewritten.json).toEqual(seen?.json);
  });

  it('is the whole one where there is nothing to hide, looked at once', async () => {
    await make('plain', { color: 'red' });
    redact.mockClear();
    const seen = redacted.cache.get('default', 'plain');
    expect(seen).toBe(whole.cache.get('default', 'plain'));
    const { objects } = redacted.cache.list({ namespace: 'default' });
    expect(objects[1]).toBe(seen);
    expect(redact).toHaveBeenCalledTimes(1);
    expect(objects[0]?.object.metadata.name).toBe('a');
    expect(redact).toHaveBeenCalledTimes(2);
    redact.mockClear();
    redacted.cache.get('default', 'plain');
    expect(redact).not.toHaveBeenCalled();
  });
});

describe('a redacted list', () => {
  const listed = (namespace?: string) => redacted.cache.listBytes(namespace);
  const text = (namespace?: string): string =>
    Buffer.concat([...listed(namespace).parts].map((part) => part.bytes())).toString();

  it('is the same bytes until something changes', async () => {
    const { parts } = listed();
    expect(listed().parts).toBe(parts);
    expect(JSON.parse(text())).toMatchObject({
      kind: 'WidgetList',
      apiVersion: 'demo.example/v1',
      metadata: { resourceVersion: '2' },
      items: [{ metadata: { name: 'a' }, spec: { replicas: 1 } }],
    });
    await paint('a', 'blue');
    expect(text()).not.toContain('7204913558061');
    expect(text()).toContain('blue');
    expect(JSON.parse(text('elsewhere'))).toMatchObject({ metadata: { resourceVersion: '3' }, items: [] });
  });
});

describe('a redacted watch', () => {
  it('encodes each event once for all of its watches', async () => {
    const after = redacted.cache.revision();
    const watches = [redacted.cache.watch({ after }), redacted.cache.watch({ after })];
    await paint('a', 'blue');
    await whole.delete(context, { namespace: 'default', name: 'a' });
    const [first = [], second = []] = watches.map((watch) => watch.take().map((event) => event.line()));
    expect(first.map((line) => (JSON.parse(line.toString()) as { type: string }).type)).toEqual([
      'MODIFIED',
      'DELETED',
    ]);
    expect(first.join('')).not.toContain('7204913558061');
    expect(second.map((line, index) => line === first[index])).toEqual([true, true]);
    for (const watch of watches) watch.close();
  });

  it("shares the whole one's lines where there is nothing to hide", async () => {
    const after = redacted.cache.revision();
    const [own, other] = [redacted.cache.watch({ after }), whole.cache.watch({ after })];
    await make('plain', { color: 'red' });
    expect(own.take()[0]?.line()).toBe(other.take()[0]?.line());
    own.close();
    expect(own.ended()).toBe('stopped');
  });
});

describe('which registry a request sees', () => {
  const exchange = { ...context, info: { namespace: 'default', name: 'a' } } as unknown as Parameters<
    typeof visibleTo
  >[0];

  it('is the redacted one for who may not see everything, of a computed view too', async () => {
    expect(await visibleTo(exchange, whole)).toBe(redacted);
    const view = createReadOnlyRegistry({ ...widgetDefinition(), redaction }, whole.cache);
    const seen = await (await visibleTo(exchange, view)).get({ namespace: 'default', name: 'a' });
    expect(seen.object.spec).toEqual({ replicas: 1 });
  });

  it('is none where a registry was made without what its definition demands', async () => {
    const careless = { ...whole };
    delete (careless as { redacted?: unknown }).redacted;
    await expect(visibleTo(exchange, careless)).rejects.toThrow('redacted');
  });
});
