/** What a strategy's guards do to the writes of an invented resource. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ResourceRegistry } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext, Strategy } from '../../../src/apiserver/resource.ts';
import { referenceKey, storeKey } from '../../../src/apiserver/watchcache/index.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { admin, Api, rackDefinition, widget, widgetDefinition, type Widget } from '../../support/api.ts';

let api: Api;
let widgets: ResourceRegistry<Widget>;
let racks: ResourceRegistry;
afterEach(() => api.stop());

const context: CallContext = {
  user: admin,
  requestId: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
};
const rack = { namespace: '', name: 'r1' };
const rackKey = storeKey(rackDefinition, rack);
const reference = referenceKey(rackDefinition, rack);
const target = { namespace: 'default', name: 'a' };
const key = storeKey(widgetDefinition(), target);

/** Widgets stand in a rack, and say which of its versions they were made for. */
const strategy = (meanwhile: () => Promise<unknown>): Strategy<Widget> => ({
  guardCreate: () => ({ unchanged: [rackKey], touched: [reference] }),
  guardUpdate: ({ spec }, old) => (spec?.color === old.spec?.color ? undefined : { unchanged: [rackKey] }),
  guardDelete: () => ({ unchanged: [rackKey] }),
  referenceKeys: ({ name }) => [`/internal/references/of-${name}`],
  prepareForCreate: (_, object) => ({ ...object, spec: { ...object.spec, size: rackVersion() } }),
  prepareForUpdate: (_, object) => ({ ...object, spec: { ...object.spec, size: rackVersion() } }),
  async validateCreate() {
    await meanwhile();
    return [];
  },
  async validateUpdate() {
    await meanwhile();
    return [];
  },
  async validateDelete() {
    await meanwhile();
  },
});
const rackVersion = (): number => racks.cache.get('', 'r1')?.revision ?? 0;

/** How often something still happens while a widget is validated, and how often one was. */
let races = 0;
let validations = 0;

/** @param times how often it happens to the first widget */
async function start(times: number, meanwhile: () => Promise<unknown> = changeRack): Promise<void> {
  races = times;
  validations = 0;
  const validated = async (): Promise<void> => {
    validations++;
    if (races > 0) {
      races--;
      await meanwhile();
    }
  };
  api = await Api.started({ strategy: strategy(validated) });
  widgets = api.server.registry<Widget>('demo.example', 'widgets');
  racks = api.server.registry('demo.example', 'racks');
  await racks.create(context, '', { ...widget('r1'), kind: 'Rack' });
}

const changeRack = () =>
  racks.update(context, rack, (old) => ({
    ...(old ?? widget('r1')),
    metadata: { ...old?.metadata, labels: { at: String(rackVersion()) } },
  }));

describe('a create whose guard fails', () => {
  it('is prepared and validated again, as often as it takes', async () => {
    await start(3);
    const { object } = await widgets.create(context, 'default', widget('a'));
    expect(validations).toBe(4);
    expect(object.spec?.size).toBe(rackVersion());
    expect((await api.store.read(reference))?.revision).toBe(Number(object.metadata.resourceVersion));
  });

  it('goes on with generated names, also after many failures', async () => {
    await start(20);
    const { object } = await widgets.create(context, 'default', { ...widget(''), metadata: { generateName: 'a-' } });
    expect(validations).toBe(21);
    expect(object.metadata.name).toMatch(/^a-/);
  });

  it('that is a dry run is validated again, and writes nothing', async () => {
    await start(2);
    const { object } = await widgets.create(context, 'default', widget('a'), { dryRun: true });
    expect(validations).toBe(3);
    expect(object.spec?.size).toBe(rackVersion());
    expect(await api.store.read(key)).toBeUndefined();
    expect(await api.store.read(reference)).toBeUndefined();
  });

  it('is refused by what is true by then', async () => {
    await start(1, async () => {
      await racks.delete(context, rack);
      await racks.create(context, '', { ...widget('r1'), kind: 'Rack' });
      await widgets.create(context, 'default', widget('a'));
    });
    const refused = widgets.create(context, 'default', widget('a'));
    await expect(refused).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });
});

describe('an update whose guard fails', () => {
  const paint = (color: string, options = {}) =>
    widgets.update(context, target, (old) => ({ ...widget('a'), ...old, spec: { ...old?.spec, color } }), options);

  it('is transformed and validated again', async () => {
    await start(0);
    await widgets.create(context, 'default', widget('a'));
    races = 2;
    const { object } = await paint('blue');
    expect(validations).toBe(1 + 3);
    expect(object.spec).toMatchObject({ color: 'blue', size: rackVersion() });
    expect(object.metadata.generation).toBe(2);
  });

  it('succeeds although the caller named a version, because that of the object is still current', async () => {
    await start(0);
    const { object } = await widgets.create(context, 'default', widget('a'));
    let raced = 0;
    const written = await widgets.update(context, target, async () => {
      if (raced++ === 0) await changeRack();
      return { ...object, spec: { color: 'blue' } };
    });
    expect([raced, written.object.spec?.color]).toEqual([2, 'blue']);
  });

  it('is not guarded if the strategy names no guard for it', async () => {
    await start(0);
    await widgets.create(context, 'default', widget('a', { spec: { color: 'red' } }));
    let raced = 0;
    await widgets.update(context, target, async (old) => {
      if (raced++ === 0) await changeRack();
      return { ...widget('a'), ...old, metadata: { ...old?.metadata, labels: { a: 'b' } } };
    });
    expect(raced).toBe(1);
  });

  it('that is a dry run is tried again, too', async () => {
    await start(0);
    await widgets.create(context, 'default', widget('a'));
    let raced = 0;
    await widgets.update(
      context,
      target,
      async (old) => {
        if (raced++ === 0) await changeRack();
        return { ...widget('a'), ...old, spec: { color: 'blue' } };
      },
      { dryRun: true },
    );
    expect(raced).toBe(2);
  });
});

describe('a deletion', () => {
  it('is decided again if its guard fails', async () => {
    await start(0);
    await widgets.create(context, 'default', widget('a'));
    for (const dryRun of [true, false]) {
      races = 2;
      validations = 0;
      expect(await widgets.delete(context, target, { dryRun })).toMatchObject({ gone: true });
      expect(validations).toBe(3);
    }
  });

  it('takes the reference keys of the object along, in the same commit', async () => {
    await start(0);
    for (const finalizers of [[], ['example.com/hold']]) {
      await widgets.create(context, 'default', { ...widget('a'), metadata: { name: 'a', finalizers } });
      api.store.put('/internal/references/of-a', {});
      const before = await api.store.barrier();
      await widgets.delete(context, target);
      await widgets
        .update(context, target, (old) => ({ ...widget('a'), ...old, metadata: { ...old?.metadata, finalizers: [] } }))
        .catch((error: unknown) => expect(error).toBeInstanceOf(StatusError));
      const gone: string[][] = [];
      for await (const event of api.store.watch(before, AbortSignal.timeout(5000))) {
        if (event.type === 'commit') gone.push(event.changes.map(({ type, key: one }) => `${type} ${one}`));
        if (event.revision >= (await api.store.barrier())) break;
      }
      expect(gone.at(-1)).toEqual([`delete ${key}`, 'delete /internal/references/of-a']);
    }
  });
});
