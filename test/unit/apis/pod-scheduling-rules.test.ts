/** What kube-apiserver refuses of where a pod may run, refused with its words. Source: v1.37's pkg/apis/core/validation. */
import { describe, expect, it } from 'vitest';
import { affinityErrors, type Affinity } from '../../../src/apis/kubernetes/validation/affinity.ts';
import { schedulingErrors, type Scheduling } from '../../../src/apis/kubernetes/validation/scheduling.ts';
import type { FieldError } from '../../../src/meta/field-error.ts';

const texts = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);

describe('an affinity is refused', () => {
  const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  const node = (requirement: object): Affinity => ({
    nodeAffinity: { [needed]: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', ...requirement }] }] } },
  });
  const pod = (term: object): Affinity => ({ podAffinity: { [needed]: [{ topologyKey: 'zone', ...term }] } });
  const atNode = `a.nodeAffinity.${needed}.nodeSelectorTerms[0].matchExpressions[0]`;
  const atPod = `a.podAffinity.${needed}[0]`;
  const cases: [string, Affinity, (string | RegExp)[]][] = [
    [
      'without terms',
      { nodeAffinity: { [needed]: { nodeSelectorTerms: [] } } },
      [`a.nodeAffinity.${needed}.nodeSelectorTerms: Required value: must have at least one node selector term`],
    ],
    [
      'with In and no values',
      node({ operator: 'In' }),
      [`${atNode}.values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`],
    ],
    [
      'with Exists and values',
      node({ operator: 'Exists', values: ['a'] }),
      [`${atNode}.values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`],
    ],
    [
      'with Gt and two values',
      node({ operator: 'Gt', values: ['1', '2'] }),
      [`${atNode}.values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`],
    ],
    [
      'with an operator that there is not',
      node({ operator: 'Foo' }),
      [`${atNode}.operator: Invalid value: "Foo": not a valid selector operator`],
    ],
    [
      'with a field of nodes that cannot be selected by',
      {
        nodeAffinity: {
          [needed]: { nodeSelectorTerms: [{ matchFields: [{ key: 'x', operator: 'In', values: ['a'] }] }] },
        },
      },
      [
        `a.nodeAffinity.${needed}.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "x": not a valid field selector key`,
      ],
    ],
    [
      'with a weight out of range',
      { podAntiAffinity: { [preferred]: [{ weight: 1000, podAffinityTerm: { topologyKey: 'zone' } }] } },
      [`a.podAntiAffinity.${preferred}[0].weight: Invalid value: 1000: must be in the range 1-100`],
    ],
    [
      'with an empty topology key',
      pod({ topologyKey: '' }),
      [
        `${atPod}.topologyKey: Required value: can not be empty`,
        `${atPod}.topologyKey: Invalid value: "": name part must be non-empty`,
        /^a\.podAffinity.*topologyKey: Invalid value: "": name part must consist of/,
      ],
    ],
    [
      'with a selector whose operator there is not',
      pod({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'Foo' }] } }),
      [`${atPod}.labelSelector.matchExpressions[0].operator: Invalid value: "Foo": not a valid selector operator`],
    ],
    [
      'with keys of labels but no selector',
      pod({ matchLabelKeys: ['a'], mismatchLabelKeys: ['b'] }),
      ['matchLabelKeys', 'mismatchLabelKeys'].map(
        (field) => `${atPod}.${field}: Forbidden: must not be specified when labelSelector is not set`,
      ),
    ],
    [
      'with a key of labels that can be none, and with one that is to match and not to match',
      pod({ labelSelector: {}, matchLabelKeys: ['a', '-'], mismatchLabelKeys: ['b', 'a'] }),
      [
        /^a\.podAffinity.*\[0]\.matchLabelKeys\[1]: Invalid value: "-": name part must consist of/,
        `${atPod}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
      ],
    ],
  ];
  it.each(cases)('%s', (_what, affinity, expected) => {
    expect(texts(affinityErrors(affinity, 'a'))).toEqual(
      expected.map((one) => (typeof one === 'string' ? one : (expect.stringMatching(one) as string))),
    );
  });

  it('not for anything that kube-apiserver takes', () => {
    expect(affinityErrors(node({ operator: 'In', values: ['a'] }), 'a')).toEqual([]);
    expect(affinityErrors(pod({ labelSelector: { matchLabels: { app: 'x' } }, namespaces: ['b'] }), 'a')).toEqual([]);
    const keys = { matchLabelKeys: ['a'], mismatchLabelKeys: ['b'] };
    expect(affinityErrors(pod({ labelSelector: {}, ...keys }), 'a')).toEqual([]);
    expect(affinityErrors(pod({ matchLabelKeys: [] }), 'a')).toEqual([]);
    expect(affinityErrors({}, 'a')).toEqual([]);
  });
});

describe('scheduling is refused', () => {
  const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
  const cases: [string, Scheduling, string[]][] = [
    [
      'with a toleration of every key that is not Exists',
      { tolerations: [{ operator: 'Equal', value: 'a' }] },
      [
        'r.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'with a toleration that has a value beside Exists',
      { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
      ['r.tolerations[0].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\''],
    ],
    [
      'with seconds for an effect that has none',
      { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 5 }] },
      [
        'r.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      ],
    ],
    [
      'with an effect that no taint has',
      { tolerations: [{ key: 'a', effect: 'Never' }] },
      [
        'r.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      'with a skew of 0',
      { topologySpreadConstraints: [{ ...spread, maxSkew: 0 }] },
      ['r.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    ],
    [
      'with a number of domains where it need not be kept',
      { topologySpreadConstraints: [{ ...spread, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }] },
      [
        'r.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
      ],
    ],
  ];
  it.each(cases)('%s', (_what, scheduling, expected) => {
    expect(texts(schedulingErrors(scheduling, 'r'))).toEqual(expected);
  });

  it('by names that are none', () => {
    const errors = schedulingErrors({ nodeSelector: { '/a': 'b', c: '-' }, priorityClassName: 'A' }, 'r');
    expect(errors.map(({ field }) => field)).toEqual([
      'r.nodeSelector[/a]',
      'r.nodeSelector[c]',
      'r.priorityClassName',
    ]);
  });
});
