import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceRegistry, WriteResult } from '../../../src/apiserver/registry/contract.ts';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import type { ManagedFieldsEntry } from '../../../src/meta/object.ts';
import { admin, Api, widget, type Widget } from '../../support/api.ts';

let api: Api;
let registry: ResourceRegistry<Widget>;
beforeEach(async () => {
  api = await Api.started();
  registry = api.server.registry<Widget>('demo.example', 'widgets');
});
afterEach(() => api.stop());

const context: CallContext = {
  user: admin,
  requestId: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
};

const target = { namespace: 'default', name: 'a' };

/** Counts how often somebody goes through all fields of a part. */
class Walked<T extends object> {
  walks = 0;
  readonly part: T;

  constructor(part: T) {
    this.part = new Proxy(part, {
      ownKeys: (fields) => {
        this.walks += 1;
        return Reflect.ownKeys(fields);
      },
    });
  }
}

const annotate = (value: string, fieldManager = ''): Promise<WriteResult<Widget>> =>
  registry.update(
    context,
    target,
    (current) => {
      const { annotations } = current?.metadata ?? {};
      return {
        ...widget('a'),
        ...current,
        metadata: { ...current?.metadata, annotations: { ...annotations, [`by${fieldManager}`]: value } },
      };
    },
    { fieldManager },
  );

const entryOf = ({ object }: WriteResult<Widget>, manager: string): ManagedFieldsEntry | undefined =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager);

describe('a write that changes an annotation', () => {
  it('goes through the spec once, to store it', async () => {
    await registry.create(context, 'default', widget('a', { spec: { size: 1 } }));
    const spec = new Walked({ color: 'red', size: 2, replicas: 1, parts: [{ id: 'x' }, { id: 'y' }] });
    await registry.update(context, target, (current) => ({ ...widget('a'), ...current, spec: spec.part }));
    await annotate('1');
    spec.walks = 0;
    const { object } = await annotate('2');
    expect(spec.walks).toBe(1);
    expect(object.spec).toBe(spec.part);
    expect(object.metadata.annotations).toEqual({ by: '2' });
  });

  it('makes no entries of managers anew who own what they owned', async () => {
    await registry.create(context, 'default', widget('a', { spec: { size: 1 } }), { fieldManager: 'maker' });
    const first = await annotate('1', 'one');
    const second = await annotate('1', 'two');
    const third = await annotate('2', 'two');
    expect(entryOf(second, 'maker')).toBe(entryOf(first, 'maker'));
    expect(entryOf(second, 'one')).toBe(entryOf(first, 'one'));
    expect(entryOf(third, 'two')?.fieldsV1).toBe(entryOf(second, 'two')?.fieldsV1);
  });

  it('shares the fields of an entry with other objects of the same shape', async () => {
    const made = await Promise.all(
      ['a', 'b'].map((name) => registry.create(context, 'default', widget(name, { spec: { size: 1 } }))),
    );
    const [one, other] = made.map(({ object }) => object.metadata.managedFields?.[0]?.fieldsV1);
    expect(one).toBeDefined();
    expect(one).toBe(other);
  });
});
