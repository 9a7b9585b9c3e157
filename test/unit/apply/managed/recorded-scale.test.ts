import { describe, expect, it } from 'vitest';
import {
  createFieldManager,
  fieldPath,
  fromScaleEntries,
  resetFieldsOf,
  toScaleEntries,
  type FieldManager,
} from '../../../../src/apiserver/apply/index.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../../src/meta/object.ts';
import { StatusError } from '../../../../src/meta/status.ts';
import { entriesOf, forced, scenarios, schemaOf, time, type RecordedStep } from './recorded.ts';

// A scale, and the StatefulSet that it belongs to, as a kube-apiserver 1.37 answered. Each write is done to the state that
// was recorded before it, and compared with what the next look at the StatefulSet showed.

type Scalable = KubeObject & { spec: { replicas: number } };

const field = { apiVersion: 'apps/v1', path: fieldPath('spec', 'replicas') };
const now = (): Date => new Date(time);
const main: FieldManager<KubeObject> = createFieldManager({
  ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', schema: schemaOf('io.k8s.api.apps.v1.StatefulSet').root },
  ...{ subresource: '', resetFields: resetFieldsOf('', true), now },
});
const scale: FieldManager<Scalable> = createFieldManager({
  ...{ apiVersion: 'autoscaling/v1', kind: 'Scale', schema: schemaOf('io.k8s.api.autoscaling.v1.Scale').root },
  ...{ subresource: 'scale', now },
});

/** The StatefulSet's entries after a write to its scale. */
function afterScale(live: Scalable, step: RecordedStep): ManagedFieldsEntry[] | undefined {
  const entries = toScaleEntries(live.metadata.managedFields, field);
  const { metadata, spec } = live;
  const current: Scalable = {
    ...{ apiVersion: 'autoscaling/v1', kind: 'Scale' },
    metadata: { name: 'scaled', uid: metadata.uid ?? '', ...(entries === undefined ? {} : { managedFields: entries }) },
    spec: { replicas: spec.replicas },
  };
  const manager = step.query?.['fieldManager'] ?? '';
  const wanted = (step.edit?.patch ?? step.body) as Scalable;
  const next =
    step.contentType === 'application/apply-patch+yaml'
      ? scale.apply(current, wanted, manager, forced(step))
      : scale.update(current, { ...current, spec: wanted.spec }, manager)();
  return fromScaleEntries(live.metadata.managedFields, next.metadata.managedFields, field);
}

function afterMain(live: KubeObject | undefined, step: RecordedStep): ManagedFieldsEntry[] | undefined {
  return main.apply(live, step.body as KubeObject, step.query?.['fieldManager'] ?? '', forced(step)).metadata
    .managedFields;
}

describe('ownership as recorded: a scale is a field of what it scales', () => {
  const { steps } = scenarios.find(({ name }) => name === 'a scale is a field of what it scales') ?? { steps: [] };
  let live: Scalable | undefined;
  for (const [index, step] of steps.entries()) {
    const isScale = step.path.endsWith('/scale');
    const before = live;
    const next = steps[index + 1];
    const look = next?.method === 'GET' ? next : undefined;
    const seen = isScale ? look : step;
    if (!isScale && step.answer.status < 300) live = step.answer.body as Scalable;
    if (step.method === 'GET' || step.path.includes('missing')) continue;
    const done = (): ManagedFieldsEntry[] | undefined =>
      isScale && before !== undefined ? afterScale(before, step) : afterMain(before, step);
    if (step.answer.status < 300 && seen !== undefined) {
      it(step.step, () => {
        const managedFields = done() ?? [];
        expect(entriesOf({ metadata: { managedFields } })).toEqual(entriesOf(seen.answer.body as KubeObject));
      });
    } else if (step.answer.status === 409 && step.contentType === 'application/apply-patch+yaml') {
      it(step.step, () => {
        expect(done).toThrow(StatusError);
        expect(done).toThrow((step.answer.body as { message: string }).message);
      });
    }
  }
});
