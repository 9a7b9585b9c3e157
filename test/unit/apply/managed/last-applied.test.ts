import { describe, expect, it } from 'vitest';
import { StatusError } from '../../../../src/meta/status.ts';
import { edited, tracked, type Content, type Tracked } from './tracked.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

const set = (spec: Content, labels: Content = { app: 'a' }): Content => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 's', labels },
  spec,
});

const withAnnotation = (object: Content, text: string): Content =>
  edited(object as never, (copy) => (copy.metadata = { ...copy.metadata, annotations: { [annotation]: text } }));

/** Created by client-side apply: `last` is what the annotation claims. */
function clientSide(object: Content, last: Content | string = object): Tracked {
  const it = tracked('StatefulSet');
  it.update(
    withAnnotation(object, typeof last === 'string' ? last : JSON.stringify(last)),
    'kubectl-client-side-apply',
  );
  return it;
}

const conflictsOf = (act: () => unknown): string[] => {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError && error.code === 409)
      return (error.status.details?.causes ?? []).map(({ field }) => field ?? '');
    throw error;
  }
  return [];
};

const annotationOf = (it: Tracked): string => it.live?.metadata.annotations?.[annotation] ?? '';
const container = (image: string): Content => ({ template: { spec: { containers: [{ name: 'c', image }] } } });

describe('kubectl apply --server-side after kubectl apply', () => {
  it('takes over everything that the annotation claims', () => {
    const it = clientSide(set({ replicas: 3, ...container('i:1') }));
    it.apply(set({ replicas: 333, ...container('i:2') }, { app: 'b' }), 'kubectl');
    expect(it.live).toMatchObject({ metadata: { labels: { app: 'b' } }, spec: { replicas: 333, ...container('i:2') } });
    expect(it.entries().map(({ manager, operation }) => [manager, operation])).toEqual([
      ['kubectl', 'Apply'],
      ['kubectl-client-side-apply', 'Update'],
    ]);
  });

  it('conflicts only about fields that are no longer as the annotation says', () => {
    const it = clientSide(set({ replicas: 100, ...container('i:1') }), set({ replicas: 3, ...container('i:1') }));
    const wanted = set({ replicas: 3, ...container('i:2') }, { app: 'b' });
    expect(conflictsOf(() => it.apply(wanted, 'kubectl'))).toEqual(['.spec.replicas']);
  });

  it('conflicts about fields that the annotation lacks', () => {
    const it = clientSide(set({ replicas: 3 }), { ...set({ replicas: 3 }), metadata: { name: 's' } });
    expect(conflictsOf(() => it.apply(set({ replicas: 4 }, { app: 'b' }), 'kubectl'))).toEqual([
      '.metadata.labels.app',
    ]);
  });

  it('takes over nothing for managers of other names', () => {
    const it = clientSide(set({ replicas: 3 }));
    expect(conflictsOf(() => it.apply(set({ replicas: 4 }), 'helm'))).toEqual(['.spec.replicas']);
  });

  it.each([
    ['no JSON', 'invalid-object'],
    ['empty', ''],
    ['no object', '[1]'],
    ['of another version', JSON.stringify({ ...set({ replicas: 3 }), apiVersion: 'extensions/v1beta1' })],
    ['without a kind', JSON.stringify({ ...set({ replicas: 3 }), kind: undefined })],
    ['of wrong types', JSON.stringify({ ...set({ replicas: 3 }), spec: 'all' })],
  ])('takes over nothing where the annotation is %s', (_name, text) => {
    const it = clientSide(set({ replicas: 3 }), text);
    expect(conflictsOf(() => it.apply(set({ replicas: 4 }), 'kubectl'))).toEqual(['.spec.replicas']);
    it.apply(set({ replicas: 4 }), 'kubectl', true);
    expect(it.live).toMatchObject({ spec: { replicas: 4 } });
  });

  it.each([
    [
      'Service',
      { ports: [{ port: 443, protocol: 'TCP', targetPort: 8443 }], selector: { old: 'x' } },
      { ports: [{ port: 443, protocol: 'TCP', targetPort: 8444 }], selector: { new: 'x' } },
      ['.spec.selector', '.spec.ports[port=443,protocol="TCP"].targetPort'],
    ],
    [
      'Pod',
      { containers: [{ name: 'c', args: ['a'] }], nodeSelector: { old: 'x' } },
      { containers: [{ name: 'c', args: ['b'] }], nodeSelector: { old: 'x', new: 'x' } },
      ['.spec.nodeSelector', '.spec.containers[name="c"].args'],
    ],
  ] as const)('takes over atomic maps and lists of a %s as a whole', (kind, before, after, fields) => {
    const object = (spec: Content): Content => ({ apiVersion: 'v1', kind, metadata: { name: 'o' }, spec });
    for (const manager of ['helm', 'kubectl']) {
      const it = tracked(kind);
      it.update(withAnnotation(object(before), JSON.stringify(object(before))), 'kubectl-client-side-apply');
      const conflicts = conflictsOf(() => it.apply(object(after), manager));
      expect(conflicts.sort()).toEqual(manager === 'helm' ? [...fields].sort() : []);
    }
  });

  it('writes the annotation anew, in the order and spelling of kubectl, without itself', () => {
    const it = clientSide(set({ replicas: 3 }));
    const wanted = withAnnotation(set({ serviceName: '<a&b>', replicas: 4 }), 'mine');
    it.apply(wanted, 'kubectl', true);
    expect(annotationOf(it)).toBe(
      '{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"annotations":{},"labels":{"app":"a"},"name":"s"},' +
        '"spec":{"replicas":4,"serviceName":"\\u003ca\\u0026b\\u003e"}}\n',
    );
  });

  it('leaves the annotation alone for other managers, and adds none', () => {
    const it = clientSide(set({ replicas: 3 }));
    const before = annotationOf(it);
    it.apply(set({ replicas: 4 }), 'helm', true);
    expect(annotationOf(it)).toBe(before);
    const other = tracked('StatefulSet');
    other.apply(set({ replicas: 3 }), 'kubectl');
    expect(annotationOf(other)).toBe('');
  });

  it('drops the annotation where it would be too large', () => {
    const it = tracked('ConfigMap');
    const data = (count: number): Content =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`a-rather-long-key-that-takes-room-${at}`, 'x']));
    it.apply({ metadata: { name: 'm', annotations: { [annotation]: 'x' } }, data: data(1) }, 'kubectl');
    expect(annotationOf(it)).toContain('a-rather-long-key');
    it.apply({ metadata: { name: 'm', annotations: { [annotation]: 'x' } }, data: data(9999) }, 'kubectl');
    expect(it.live?.metadata.annotations).toEqual({});
  });

  it('works after the objects had no managedFields at all', () => {
    const it = clientSide(set({ replicas: 3 }));
    it.update(
      edited(it.live, (copy) => (copy.metadata['managedFields'] = [{}])),
      'x',
    );
    it.apply(set({ replicas: 8 }, { app: 'b' }), 'kubectl');
    expect(it.live).toMatchObject({ spec: { replicas: 8 } });
  });
});

describe("kubectl's migration of managedFields", () => {
  const fields = {
    'f:metadata': { 'f:annotations': { '.': {}, [`f:${annotation}`]: {} } },
    'f:spec': { 'f:replicas': {} },
  };

  it('makes the applier the only owner, who may then give a field up', () => {
    const it = clientSide(set({ replicas: 3, serviceName: 'x' }));
    it.apply(set({ replicas: 3, serviceName: 'x' }), 'kubectl');
    const [applied] = it.entries();
    const migrated = {
      ...applied,
      fieldsV1: {
        ...applied?.fieldsV1,
        'f:metadata': { ...fields['f:metadata'], 'f:labels': { '.': {}, 'f:app': {} } },
      },
    };
    it.update(
      edited(it.live, (copy) => (copy.metadata['managedFields'] = [migrated])),
      'kubectl',
    );
    expect(it.entries().map(({ manager, operation }) => [manager, operation])).toEqual([['kubectl', 'Apply']]);
    it.apply(set({ replicas: 3 }), 'kubectl');
    expect(it.live).not.toHaveProperty('spec.serviceName');
    expect(it.live?.metadata).not.toHaveProperty('annotations');
  });
});
