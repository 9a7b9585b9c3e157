/** Values that kube-apiserver refuses in a pod are refused with the cluster's own fields, before the cluster is stored. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { membersIn, type Members } from './support/members.ts';
import { ofCluster, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok, kubectl } = cluster;
const policy = 'e2e-pod-templates';
let namespace: string;
let at: Members;

const apply = (name: string, head: object, ...args: readonly string[]) =>
  kubectl.withInput(JSON.stringify(sampleCluster({ namespace, name, head })), 'apply', '-f', '-', ...args);

const annotation = 'container.apparmor.security.beta.kubernetes.io/app';
/** The rules of this program do not know the format of this annotation. */
const badlyAnnotated = { podAnnotations: { [annotation]: 'nonsense' } };
const fieldOfAnnotation = `spec.roles[0].podAnnotations[${annotation}]`;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('templates');
  at = membersIn(namespace, cluster);
  await cluster.apply(sampleApp({ namespace }));
  await ok('create', 'secret', 'generic', 'keys', at.inNamespace);
});
afterAll(async () => {
  await ok('delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', policy, '--ignore-not-found');
  await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
  await cluster.dropNamespaces(namespace);
});

describe('a cluster whose pods Kubernetes would refuse', () => {
  it.each([
    ['a rule about annotations', badlyAnnotated, fieldOfAnnotation],
    [
      'a rule about devices',
      {
        blockStorage: { storageClassName: 'standard', pathPrefix: '/keys', numDevices: 1 },
        secret: { name: 'keys', mountPath: '/keys0' },
      },
      'spec.roles[0].blockStorage.pathPrefix',
    ],
  ])('is refused with the field of its role: %s', async (_what, head, field) => {
    for (const args of [[], ['--dry-run=server']]) {
      const { code, stderr } = await apply('refused', head, ...args);
      expect(code).toBe(1);
      expect(stderr).toContain('is invalid');
      expect(stderr).toContain(`${field}: `);
    }
    expect(await cluster.read('kdcluster', 'refused', at.inNamespace)).toBeUndefined();
    expect(await cluster.list('statefulsets', at.inNamespace)).toEqual([]);
  });

  it('is refused with the name of the app that contains the fault', async () => {
    // The rules of this program do not know the names of profiles.
    const appArmorProfile = { type: 'Localhost', localhostProfile: ' padded ' };
    const head = { id: 'head', cardinality: '1', podSecurityContext: { appArmorProfile } };
    const spec = { roles: [head, { id: 'worker', cardinality: '0+' }] };
    await cluster.apply(sampleApp({ namespace, name: 'padded', spec }));
    const refused = sampleCluster({ namespace, name: 'refused', app: 'padded' });
    const { code, stderr } = await kubectl.withInput(JSON.stringify(refused), 'create', '-f', '-');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /spec\.roles\[0\]: .*padded with whitespace.* which comes from the app "padded" or the global configuration/,
    );
  });

  it('keeps its role as it was', async () => {
    const name = 'lasting';
    await cluster.apply(sampleCluster({ namespace, name }));
    await at.ready(name);
    const added = { id: 'worker', members: 1, resources: { limits: { cpu: '1', memory: '16Mi' } }, ...badlyAnnotated };
    const patch = JSON.stringify([{ op: 'replace', path: '/spec/roles/1', value: added }]);
    const { code, stderr } = await kubectl('patch', 'kdcluster', name, '--type=json', '-p', patch, at.inNamespace);
    expect(code).toBe(1);
    expect(stderr).toContain(fieldOfAnnotation.replace('roles[0]', 'roles[1]'));
    await ok('scale', `kdrole/${name}.worker`, '--replicas=1', at.inNamespace);
    await at.ready(name);
  });
});

describe('a cluster whose StatefulSets are refused for now', () => {
  const warning = /Warning: role "head" may not get its StatefulSet: .*/;
  const setsOf = (name: string) => cluster.list('statefulsets', ofCluster(name), at.inNamespace);

  it('is created with a warning, and comes up once the quota allows it', async () => {
    await ok('create', 'quota', 'none', '--hard=count/statefulsets.apps=0', at.inNamespace);
    await eventually(
      'the quota to count',
      async () => (await cluster.read('quota', 'none', at.inNamespace))?.status?.['hard'] !== undefined,
    );
    const { code, stderr } = await apply('waiting', { podLabels: { only: 'here' } });
    expect([code, stderr]).toEqual([0, expect.stringMatching(warning)]);
    expect(stderr).toContain('exceeded quota: none');
    await ok('delete', 'quota', 'none', at.inNamespace);
    await eventually('its StatefulSet', async () => (await setsOf('waiting')).length === 1, 60_000);
  });

  it('is created with a warning if an admission policy refuses them', async () => {
    const apiVersion = 'admissionregistration.k8s.io/v1';
    await cluster.apply([
      {
        ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name: policy } },
        spec: {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            resourceRules: [
              { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['statefulsets'] },
            ],
          },
          validations: [{ expression: "has(object.metadata.labels) && 'wanted' in object.metadata.labels" }],
        },
      },
      {
        ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: policy } },
        spec: { policyName: policy, validationActions: ['Deny'] },
      },
    ]);
    const { stderr } = await eventually('the policy to be in force', async () => {
      // Another template each time, because a valid one is not checked again at once.
      const outcome = await apply('against', { podLabels: { at: String(Date.now()) } }, '--dry-run=server');
      return outcome.code === 0 && outcome.stderr.includes(policy) && outcome;
    });
    expect(stderr).toMatch(warning);
  });
});
