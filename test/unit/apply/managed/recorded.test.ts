import { describe, expect, it } from 'vitest';
import { createFieldManager, resetFieldsOf, type FieldManager } from '../../../../src/apiserver/apply/index.ts';
import { parsePatch } from '../../../../src/apiserver/patch/index.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../../src/meta/object.ts';
import { StatusError, type Status } from '../../../../src/meta/status.ts';
import type { ResourceSchema } from '../../../../src/schema/contract.ts';
import type { ApplyStep } from '../../../conformance/apply/scenario.ts';
import { entriesOf, forced, scenarios, schemaOf, sorted, time, type RecordedStep } from './recorded.ts';

// Each step is done to the state that was recorded before it, as far as it is about ownership and not about the rest of a
// server.

const uid = '11111111-2222-3333-4444-555555555555';
const apiVersion = 'GROUP/v1beta1';
const kinds: Record<string, { kind: string; hasStatus: boolean }> = {
  kubedirectorapps: { kind: 'KubeDirectorApp', hasStatus: false },
  kubedirectorclusters: { kind: 'KubeDirectorCluster', hasStatus: true },
};

interface Part {
  readonly key: string;
  readonly manager: FieldManager<KubeObject>;
  readonly schema: ResourceSchema;
}

/** What a path is about; undefined for what is no object or status of ours. */
function partOf({ path, method, body }: ApplyStep): Part | undefined {
  const [plural = '', name = (body as KubeObject | undefined)?.metadata.name ?? '', subresource = ''] =
    path.split('/NAMESPACE/')[1]?.split('/') ?? [];
  const known = kinds[plural];
  if (known === undefined || (subresource !== '' && subresource !== 'status') || method === 'DELETE') return undefined;
  const schema = schemaOf(`com.hpe.kubedirector.v1beta1.${known.kind}`);
  const resetFields = resetFieldsOf(subresource === 'status' ? 'status' : '', known.hasStatus);
  const manager = createFieldManager<KubeObject>({
    ...{ apiVersion, kind: known.kind, schema: schema.root, subresource, resetFields },
    now: () => new Date(time),
  });
  return { key: `${plural}/${name}`, manager, schema };
}

const managerOf = ({ query, userAgent = 'conformance/1.0' }: ApplyStep): string =>
  query?.['fieldManager'] ?? userAgent.split('/')[0]?.replaceAll('\t', '').slice(0, 128) ?? '';

/** The managedFields that a client sends with an update. */
function sentWith(
  step: ApplyStep,
  live: KubeObject | undefined,
  part: Part,
  answers: ReadonlyMap<string, unknown>,
): unknown {
  if (step.edit !== undefined) {
    const patch = parsePatch('application/merge-patch+json', Buffer.from(JSON.stringify(step.edit.patch)));
    return (patch.apply(answers.get(step.edit.of) as object, part.schema) as KubeObject).metadata.managedFields;
  }
  if (step.method !== 'PATCH') return (step.body as KubeObject).metadata.managedFields;
  const patch = parsePatch(step.contentType ?? '', Buffer.from(JSON.stringify(step.body)));
  return (patch.apply(live ?? {}, part.schema) as KubeObject).metadata.managedFields;
}

const aboutOwnership = /^(Apply failed|failed to create typed|invalid object type|metadata\.managedFields must)/;

function doneApply({ manager }: Part, step: ApplyStep, live: KubeObject | undefined): KubeObject {
  return manager.apply(live, step.body as KubeObject, managerOf(step), forced(step));
}

function failedApply(part: Part, step: ApplyStep, live: KubeObject | undefined): Status {
  try {
    doneApply(part, step, live);
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  throw new Error('was applied');
}

function check(step: RecordedStep, live: KubeObject | undefined, sent: () => unknown): (() => void) | undefined {
  const part = partOf(step);
  if (part === undefined || typeof step.body === 'string' || step.method === 'GET') return undefined;
  const isApply = step.contentType?.startsWith('application/apply-patch') === true;
  const { status, body } = step.answer;
  if (status < 300) {
    const result = body as KubeObject;
    const updated = (): KubeObject => {
      const metadata = { ...result.metadata, managedFields: sent() as ManagedFieldsEntry[] };
      return part.manager.update(live, { ...result, metadata }, managerOf(step))();
    };
    return () => {
      expect(entriesOf(isApply ? doneApply(part, step, live) : updated())).toEqual(entriesOf(result));
    };
  }
  const expected = body as Status;
  if (!isApply || !aboutOwnership.test(expected.message ?? '')) return undefined;
  return () => {
    const actual = failedApply(part, step, live);
    expect(actual.message?.replace(uid, '<uid>')).toBe(expected.message?.replace('<uid 2>', '<uid>'));
    // kube-apiserver takes what is not of its type for an error of its own, and names no fields.
    if (status === 500) expect([actual.code, actual.reason]).toEqual([422, 'Invalid']);
    else {
      expect(actual.code).toBe(status);
      expect(sorted(actual.details?.causes ?? [])).toEqual(sorted(expected.details?.causes ?? []));
    }
  };
}

for (const scenario of scenarios.filter(({ steps }) => steps.some((step) => partOf(step) !== undefined))) {
  describe(`ownership as recorded: ${scenario.name}`, () => {
    const stored = new Map<string, KubeObject>();
    const answers = new Map<string, unknown>();
    for (const step of scenario.steps) {
      const part = partOf(step);
      const live = part === undefined ? undefined : stored.get(part.key);
      const act = check(step, live, () => (part === undefined ? undefined : sentWith(step, live, part, answers)));
      if (act !== undefined) it(step.step, act);
      answers.set(step.step, step.answer.body);
      if (part === undefined || step.answer.status >= 300 || step.query?.['dryRun'] !== undefined) continue;
      stored.set(part.key, step.answer.body as KubeObject);
    }
  });
}
