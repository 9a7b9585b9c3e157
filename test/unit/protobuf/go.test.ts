/** Bytes that k8s.io/api 0.37.2 wrote, and the JSON that it writes of the same objects. */
import { expect, it } from 'vitest';
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import { kubernetesTable } from '../../../src/apiserver/decoding/protobuf-table.ts';
import type { OpenApiSchemas } from '../../../src/schema/contract.ts';
import { decoded } from './decoded.ts';

it('reads quantities, probes, times, managed fields and packed or negative numbers of a pod', () => {
  const hex =
    '6b3873000a090a0276311203506f6412dd020a540a017012001a0022002a003200380042004a0808f5f181af0610008a01360a016d12065570646174651a027631220808f5f181af06100032084669656c647356313a0f0a0d7b22663a73706563223a7b7d7d420012ef010a090a0176120412020a00129e010a016312056e67696e782a003a1e0a0343505512001a1512130a00120a6c696d6974732e6370751a030a01304223120d0a0363707512060a043530306d12120a066d656d6f727912080a06313533364d69521b0a0f1a0d0a09080110001a037765621200100018002000280030005a1e0a1212100a012f1207080010903f1a001a002200100018002005280030006a007200800100880100900100a201001a002000320042004a005200580060006800721010ffffffffffffffffff01200120ac028201008a01009a0100b201100a0012064578697374731a0022002800c201001a130a001a0022002a0032004a005a0072008801001a002200';
  expect(decoded('core.v1.Pod', hex)).toEqual({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: 'p',
      deletionTimestamp: '2024-02-29T12:30:45Z',
      managedFields: [
        {
          manager: 'm',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2024-02-29T12:30:45Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': {} },
        },
      ],
    },
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'c',
          image: 'nginx',
          env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } }],
          resources: { requests: { cpu: '500m', memory: '1536Mi' } },
          livenessProbe: { tcpSocket: { port: 'web' } },
          readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 5 },
        },
      ],
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsUser: -1, supplementalGroups: [1, 300] },
      tolerations: [{ operator: 'Exists', tolerationSeconds: 0 }],
    },
    status: {},
  });
});

it('tells the zero a pointer holds from no value, in a stateful set', () => {
  const hex =
    '6b3873000a160a07617070732f7631120b537461746566756c53657412ed010a180a017312001a0764656661756c7422002a0032003800420012be01080012080a060a01611201621a580a180a0012001a0022002a003200380042005a060a0161120162123c121e0a016312056e67696e782a0042006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100c20100223e0a110a016412001a0022002a0032003800420012250a0d5265616457726974654f6e6365121212100a0773746f7261676512050a033147691a001a020a002a017332003a0f0a00120b1209080110001a0332352548001a100800100018002000280032003a0058001a002200';
  expect(decoded('apps.v1.StatefulSet', hex)).toEqual({
    kind: 'StatefulSet',
    apiVersion: 'apps/v1',
    metadata: { name: 's', namespace: 'default' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image: 'nginx', resources: {} }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'd' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          status: {},
        },
      ],
      serviceName: 's',
      updateStrategy: { rollingUpdate: { maxUnavailable: '25%' } },
    },
    status: { replicas: 0, availableReplicas: 0 },
  });
});

it('reads times of microseconds, before 1970 too', () => {
  const hex =
    '6b3873000a1f0a16636f6f7264696e6174696f6e2e6b38732e696f2f763112054c65617365123b0a180a016c12001a0764656661756c7422002a00320038004200121f0a001a0e08ffffffffffffffffff01108827220b08f5f181af06108094ef3a1a002200';
  expect(decoded('coordination.v1.Lease', hex)).toEqual({
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    metadata: { name: 'l', namespace: 'default' },
    spec: { holderIdentity: '', acquireTime: '1969-12-31T23:59:59.000005Z', renewTime: '2024-02-29T12:30:45.123456Z' },
  });
});

it('reads the JSON that a controller revision embeds', () => {
  const hex =
    '6b3873000a1d0a07617070732f76311212436f6e74726f6c6c65725265766973696f6e12370a180a017212001a0764656661756c7422002a0032003800420012190a177b2273706563223a7b2278223a5b312c6e756c6c5d7d7d18071a002200';
  expect(decoded('apps.v1.ControllerRevision', hex)).toEqual({
    kind: 'ControllerRevision',
    apiVersion: 'apps/v1',
    metadata: { name: 'r', namespace: 'default' },
    data: { spec: { x: [1, null] } },
    revision: 7,
  });
});

it('reads the time of a taint, and keeps zeros that are never left out', () => {
  const hex =
    '6b3873000a0a0a02763112044e6f6465125a0a110a016e12001a0022002a0032003800420012250a0012001a0020002a1b0a016b12001a0a4e6f5363686564756c65220808f5f181af0610001a1e1a0032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200';
  expect(decoded('core.v1.Node', hex)).toEqual({
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name: 'n' },
    spec: { taints: [{ key: 'k', effect: 'NoSchedule', timeAdded: '2024-02-29T12:30:45Z' }] },
    status: {
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: '',
        osImage: '',
        containerRuntimeVersion: '',
        kubeletVersion: '',
        kubeProxyVersion: '',
        operatingSystem: '',
        architecture: '',
      },
    },
  });
});

/** How deep messages may lie in each other; Infinity where one contains itself. */
function depth(type: string, within: readonly string[] = []): number {
  if (within.includes(type)) return Infinity;
  const below = (kubernetesTable[type] ?? []).map((one) => depth(one.type, [...within, type]));
  return 1 + Math.max(0, ...below);
}

it('knows no message that contains itself, so that no body is deeper than the table', () => {
  const depths = Object.keys(kubernetesTable).map((type) => depth(type));
  expect(Math.max(...depths)).toBeLessThan(20);
});

function jsonNames(type: string): string[] {
  return (kubernetesTable[type] ?? []).flatMap((one) => (one.form === 'inline' ? jsonNames(one.type) : [one.name]));
}

it('knows the same fields of every message as its schema', () => {
  const schemas = kubernetes.components.schemas as unknown as OpenApiSchemas;
  const described = Object.keys(kubernetesTable).filter((type) => type in schemas);
  expect(described.length).toBeGreaterThan(200);
  const identity = ['apiVersion', 'kind'];
  const without = (names: readonly string[]) => names.filter((name) => !identity.includes(name)).sort();
  for (const type of described) {
    expect({ [type]: without(jsonNames(type)) }).toEqual({
      [type]: without(Object.keys(schemas[type]?.properties ?? {})),
    });
  }
});
