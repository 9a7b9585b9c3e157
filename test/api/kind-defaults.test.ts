/** Defaults of a kind that its schema cannot express, as Kubernetes' own kinds have them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { served } from '../../src/apiserver/server.ts';
import type { Status } from '../../src/meta/status.ts';
import { Api, bodyOf, widget, widgetDefinition, widgetsPath, type Widget } from '../support/api.ts';
import { gadget, startedGadgets, v1beta1, type Gadget, type GadgetV1 } from '../support/gadgets.ts';
import { AdmissionFixture, configuration, hook } from '../unit/admission/fixture.ts';

let api: Api;
let fixture: AdmissionFixture;
beforeEach(() => {
  fixture = new AdmissionFixture();
  fixture.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
});
afterEach(() => api.stop());

/** As large as the color is long: it reads a value that it expects to be a text. */
const sized = ({ spec = {}, ...rest }: Widget): Widget => ({
  ...rest,
  spec: { ...spec, size: spec.size ?? (spec.color ?? '').length },
});
const seenBy = (url: string): unknown => fixture.asked.find((one) => one.url === url)?.request.object;
const remove = (path: string): object => ({ op: 'remove', path });
const replace = (path: string, value: unknown): object => ({ op: 'replace', path, value });

describe('what a mutating webhook removes', () => {
  beforeEach(async () => {
    const definition = { ...widgetDefinition(), defaults: sized };
    api = await Api.started({ resources: [served(definition)], admission: fixture.admission });
    fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', hook('first'), hook('second')));
  });
  const create = (spec: object) => api.request('post', widgetsPath).send(widget('w', { spec }));

  it('has its default again when the next one sees the object', async () => {
    fixture.answers.set('first', () => ({ patch: [remove('/spec/size'), replace('/spec/color', 'blue')] }));
    await create({ color: 'red', size: 7 }).expect(201);
    expect(seenBy('first')).toMatchObject({ spec: { color: 'red', size: 7, replicas: 1 } });
    expect(seenBy('second')).toMatchObject({ spec: { color: 'blue', size: 4, replicas: 1 } });
  });

  it('stays away where the object has not its shape any more, which is then refused', async () => {
    fixture.answers.set('first', () => ({ patch: [remove('/spec/size'), replace('/spec/color', null)] }));
    await create({ color: 'red' }).expect(201);
    expect(seenBy('second')).toMatchObject({ spec: { size: 0 } });
    fixture.answers.set('first', () => ({ patch: [remove('/spec/size'), replace('/spec/color', { length: {} })] }));
    const refused = await create({ color: 'red' }).expect(422);
    expect((bodyOf(refused) as Status).details?.causes?.map(({ field }) => field)).toContain('spec.color');
    expect(fixture.asked.at(-1)).toMatchObject({ url: 'second', request: { object: { spec: { replicas: 1 } } } });
    expect(fixture.asked.at(-1)?.request.object).not.toHaveProperty('spec.size');
  });
});

describe('what a mutating webhook removes from another version', () => {
  it('has the default of that version again', async () => {
    const ofHub = (one: Gadget): Gadget => ({ ...one, spec: { size: 1, ...one.spec } });
    const ofV1 = (one: GadgetV1): GadgetV1 => ({ ...one, spec: { dimensions: { size: 2 }, ...one.spec } });
    api = await startedGadgets({ admission: fixture.admission }, { defaults: ofHub, v1: { defaults: ofV1 } });
    const rules = [
      { operations: ['*' as const], apiGroups: ['gadgets.example'], apiVersions: ['v1'], resources: ['gadgets'] },
    ];
    const hooks = ['first', 'second'].map((name) => hook(name, { rules }));
    fixture.mutating.put(configuration('MutatingWebhookConfiguration', 'm', ...hooks));
    fixture.answers.set('first', () => ({ patch: [remove('/spec/dimensions')] }));
    await api.request('post', v1beta1).send(gadget('one')).expect(201);
    expect(seenBy('first')).toMatchObject({ spec: { dimensions: { size: 1 } } });
    expect(seenBy('second')).toMatchObject({ spec: { dimensions: { size: 2 } } });
  });
});
