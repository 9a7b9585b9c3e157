import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import { createReadOnlyRegistry } from '../../../src/apiserver/registry/index.ts';
import { isReason } from '../../../src/meta/status.ts';
import { admin, Api, widget, widgetDefinition, type ApiOptions, type Widget } from '../../support/api.ts';

let api: Api;
let registry: ResourceRegistry<Widget>;
const start = async (options: ApiOptions = {}): Promise<void> => {
  api = await Api.started(options);
  registry = api.server.registry<Widget>('demo.example', 'widgets');
};
beforeEach(() => start());
afterEach(() => api.stop());

const warned: string[] = [];
const context: CallContext = {
  user: admin,
  requestId: 'test',
  signal: new AbortController().signal,
  warn: (message) => warned.push(message),
};
const target = { namespace: 'default', name: 'a' };
const make = (rest: Partial<Widget> = {}) => registry.create(context, 'default', widget('a', rest));
const stored = async (): Promise<string> =>
  (await api.store.read('/demo.example/widgets/default/a'))?.value.toString() ?? 'nothing';

describe('a write', () => {
  it('is in the cache when it is answered, with the bytes of the cache', async () => {
    const made = await make();
    expect(registry.cache.get('default', 'a')?.json).toEqual(made.json);
    expect(JSON.parse(made.json.toString())).toEqual(made.object);
  });

  it('stores no resourceVersion: the revision is it', async () => {
    const { object } = await make({ spec: { color: 'red' } });
    expect(JSON.parse(await stored())).not.toHaveProperty('metadata.resourceVersion');
    expect(object.metadata.resourceVersion).toBe('2');
  });

  it('is repeated on what others wrote in between', async () => {
    await make();
    let raced = false;
    const { object } = await registry.update(context, target, async (current) => {
      if (!raced) {
        raced = true;
        await registry.update(context, target, (other) => ({ ...widget('a'), ...other, ...label('theirs', other) }));
      }
      return { ...widget('a'), ...current, ...label('ours', current) };
    });
    expect(object.metadata.labels).toEqual({ theirs: 'x', ours: 'x' });
  });

  it('is not repeated where the caller named a version', async () => {
    const { object: seen } = await make();
    await registry.update(context, target, (current) => ({ ...seen, ...label('theirs', current) }));
    const late = registry.update(context, target, () => ({ ...seen, spec: { color: 'blue' } }));
    await expect(late).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('of one who gave up is not made', async () => {
    const gone = new AbortController();
    gone.abort(new Error('gone'));
    await expect(registry.create({ ...context, signal: gone.signal }, 'default', widget('a'))).rejects.toThrow('gone');
    expect(await stored()).toBe('nothing');
  });

  it('never changes the object a caller or another reader holds', async () => {
    const given = Object.freeze({ ...widget('a'), metadata: Object.freeze({ name: 'a', labels: Object.freeze({}) }) });
    const { object } = await registry.create(context, 'default', given);
    const before = JSON.stringify(object);
    await registry.update(context, target, (current) => ({ ...object, ...label('x', current) }));
    await registry.delete(context, target, { propagationPolicy: 'Foreground' });
    expect(JSON.stringify(object)).toBe(before);
  });

  const label = (name: string, object: Widget | undefined) => ({
    metadata: { ...object?.metadata, labels: { ...object?.metadata.labels, [name]: 'x' } },
  });
});

describe('generated names', () => {
  it('are tried again when they are taken, and given up at last', async () => {
    await api.stop();
    let rolled = 0;
    const numbers = [...Array<number>(5).fill(0), ...Array<number>(10).fill(0)];
    await start({ random: () => numbers[rolled++] ?? 0.5 });
    const generate = () => registry.create(context, 'default', { ...widget(''), metadata: { generateName: 'w-' } });
    expect((await generate()).object.metadata.name).toBe('w-bbbbb');
    const second = (await generate()).object.metadata.name;
    expect(second).not.toBe('w-bbbbb');
    const failed: unknown = await generate().catch((error: unknown) => error);
    expect(isReason(failed, 'AlreadyExists')).toBe(true);
    expect((failed as Error).message).toContain('the server was not able to generate a unique name for the object');
  });
});

describe('a strategy', () => {
  it('sees old and new, and may change the new', async () => {
    await api.stop();
    await start({
      strategy: {
        prepareForCreate: (_, object) => ({ ...object, spec: { ...object.spec, size: 1 } }),
        prepareForUpdate: (_, object, old) => ({
          ...object,
          spec: { ...object.spec, size: (old.spec?.size ?? 0) + 1 },
        }),
        prepareForStatusUpdate: (_, object) => ({ ...object, status: { state: `was ${object.status?.state ?? ''}` } }),
      },
    });
    expect((await make()).object.spec).toMatchObject({ size: 1 });
    const updated = await registry.update(context, target, () => widget('a', { spec: { color: 'red' } }));
    expect(updated.object).toMatchObject({ spec: { size: 2, color: 'red' }, metadata: { generation: 2 } });
    const status = await registry.update(context, target, () => widget('a', { status: { state: 'up' } }), {
      subresource: 'status',
    });
    expect(status.object).toMatchObject({ status: { state: 'was up' }, metadata: { generation: 2 } });
  });

  it('that stumbles over the wrong shape does not hide what is wrong with it', async () => {
    await api.stop();
    await start({
      strategy: {
        validateCreate: (_, { spec }) => {
          if (spec?.color?.startsWith('x') === true) throw new Error('unreachable');
          return [];
        },
      },
    });
    const wrong = { ...widget('a'), spec: { color: 7 } } as unknown as Widget;
    await expect(registry.create(context, 'default', wrong)).rejects.toMatchObject({ code: 422 });
  });

  it('may keep an object from being deleted', async () => {
    await api.stop();
    const refusal = new Error('in use');
    await start({
      strategy: {
        validateDelete: () => {
          throw refusal;
        },
      },
    });
    await make();
    await expect(registry.delete(context, target)).rejects.toBe(refusal);
    expect(registry.cache.get('default', 'a')).toBeDefined();
  });
});

describe('a computed view', () => {
  it('is read, and refuses writes with 405', async () => {
    await make();
    const view = createReadOnlyRegistry(widgetDefinition(), registry.cache);
    expect((await view.get(target)).object.metadata.name).toBe('a');
    await expect(view.get({ ...target, name: 'b' })).rejects.toMatchObject({ code: 404 });
    const writes = [
      view.create(context, 'default', widget('b')),
      view.update(context, target, () => widget('a')),
      view.delete(context, target),
    ];
    for (const write of writes) await expect(write).rejects.toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
  });
});
