/** What kube-apiserver refuses of a pod template, refused with its words. Source: v1.37's pkg/apis/core/validation. */
import { describe, expect, it } from 'vitest';
import { variableErrors, type Variable } from '../../../src/apis/kubernetes/validation/environment.ts';
import { resourceErrors, type Resources } from '../../../src/apis/kubernetes/validation/resources.ts';
import type { FieldError } from '../../../src/meta/field-error.ts';

const texts = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);
const base = { cpu: '100m', memory: '64Mi' };

describe('resources are refused', () => {
  const cases: [string, Resources, string[]][] = [
    [
      'whose extended resource is a fraction',
      { limits: { ...base, 'nvidia.com/gpu': '500m' } },
      ['r.limits[nvidia.com/gpu]: Invalid value: "500m": must be an integer'],
    ],
    [
      'whose extended resource has another request than limit',
      { requests: { 'nvidia.com/gpu': '1' }, limits: { ...base, 'nvidia.com/gpu': 2 } },
      ['r.requests: Invalid value: "1": must be equal to nvidia.com/gpu limit of 2'],
    ],
    [
      'whose extended resource has no limit',
      { requests: { 'nvidia.com/gpu': '1' }, limits: base },
      ['r.limits: Required value: Limit must be set for non overcommitable resources'],
    ],
    [
      'with a name that is not fully qualified',
      { limits: { ...base, gpu: '1' } },
      [
        'r.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
        'r.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
      ],
    ],
    [
      'that only a quota knows',
      { limits: { ...base, pods: '1' } },
      ['r.limits[pods]: Invalid value: "pods": must be a standard resource for containers'],
    ],
    [
      'that begin with requests.',
      { limits: { 'requests.example.com/chip': '1' } },
      [
        'r.limits[requests.example.com/chip]: Invalid value: "requests.example.com/chip": doesn\'t follow extended resource name standard',
      ],
    ],
    [
      'with huge pages that are no multiple',
      { limits: { ...base, 'hugepages-2Mi': '3Mi' } },
      ['r.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'],
    ],
    [
      'with huge pages without cpu or memory',
      { limits: { 'hugepages-2Mi': '4Mi' } },
      ['r: Forbidden: HugePages require cpu or memory'],
    ],
    [
      'below zero',
      { limits: { cpu: '-1', memory: '1' } },
      ['r.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      'that ask for more than the limit',
      { requests: { cpu: '2' }, limits: { cpu: 1 } },
      ['r.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
  ];
  it.each(cases)('%s', (_what, resources, expected) => {
    expect(texts(resourceErrors(resources, 'r'))).toEqual(expected);
  });

  it('not for anything that kube-apiserver takes', () => {
    const limits = { ...base, 'nvidia.com/gpu': 2, 'ephemeral-storage': '1Gi', 'hugepages-2Mi': '4Mi' };
    const requests = { cpu: '1m', 'nvidia.com/gpu': '2', 'hugepages-2Mi': '4Mi' };
    expect(resourceErrors({ limits, requests }, 'r')).toEqual([]);
    expect(resourceErrors({ limits: { 'attachable-volumes.kubernetes.io/x': '500m' } }, 'r')).toEqual([]);
    expect(resourceErrors({ limits: { 'nvidia.com/gpu': '0' } }, 'r')).toEqual([]);
  });
});

describe('an environment variable is refused', () => {
  const name = 'A';
  const from = (valueFrom: Variable['valueFrom']): Variable => ({ name, valueFrom });
  const complaint = "a valid environment variable name must consist only of printable ASCII characters other than '='";
  const cases: [string, Variable, string[]][] = [
    ['without a name', { name: '' }, ['e.name: Required value']],
    ['with = in its name', { name: 'A=B' }, [`e.name: Invalid value: "A=B": ${complaint}`]],
    ['with a letter beyond ASCII', { name: 'Ä' }, [`e.name: Invalid value: "Ä": ${complaint}`]],
    [
      'with a value and a source',
      { name, value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ['e.valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      'with two sources',
      from({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } }),
      ['e.valueFrom: Invalid value: "": may not have more than one field specified at a time'],
    ],
    [
      'with an empty source',
      from({}),
      [
        'e.valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ],
    ],
    [
      'from a field that there is not',
      from({ fieldRef: { fieldPath: 'status.nope' } }),
      [
        'e.valueFrom.fieldRef.fieldPath: Invalid value: "status.nope": error converting fieldPath: field label not supported: status.nope',
      ],
    ],
    [
      'from a field that a variable cannot have',
      from({ fieldRef: { fieldPath: 'status.phase' } }),
      [
        'e.valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      ],
    ],
    [
      'from a resource that there is not',
      from({ resourceFieldRef: { resource: 'limits.gpu' } }),
      [
        'e.valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
      ],
    ],
    [
      'from a resource in parts that do not suit it',
      from({ resourceFieldRef: { resource: 'limits.cpu', divisor: '1Mi' } }),
      [
        'e.valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
      ],
    ],
    [
      'from a key without name',
      from({ secretKeyRef: { name: 's', key: '' } }),
      ['e.valueFrom.secretKeyRef.key: Required value'],
    ],
  ];
  it.each(cases)('%s', (_what, variable, expected) => {
    expect(texts(variableErrors(variable, 'e'))).toEqual(expected);
  });

  it('not for anything that kube-apiserver takes', () => {
    for (const variable of [
      { name: 'with space-and.dot', value: '' },
      from({ fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['a.b/C']" } }),
      from({ fieldRef: { fieldPath: "metadata.annotations['Kubernetes.io/Config']" } }),
      from({ resourceFieldRef: { resource: 'requests.hugepages-2Mi', divisor: '1Mi' } }),
      from({ resourceFieldRef: { resource: 'limits.memory', divisor: '1' } }),
      from({ configMapKeyRef: { name: 'c', key: 'a_b.c' } }),
    ]) {
      expect(variableErrors(variable, 'e')).toEqual([]);
    }
  });
});
