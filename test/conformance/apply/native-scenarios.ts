/** Who owns the fields that kube-apiserver adds to built-in kinds: defaults have an owner, other fields have none. */
import { apply, get, merge, post, put, putEdited, type ApplyScenario } from './scenario.ts';

const core = '/api/v1/namespaces/NAMESPACE';
const object = (kind: string, name: string, rest: object = {}): object => ({
  ...{ apiVersion: 'v1', kind },
  metadata: { name },
  ...rest,
});

const pod = (rest: object = {}): object =>
  object('Pod', 'one', {
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          ...{ name: 'c', image: 'image:1' },
          resources: { limits: { memory: '1024Mi' } },
          ports: [{ containerPort: 80 }],
          livenessProbe: { httpGet: { port: 80 } },
        },
      ],
      volumes: [{ name: 'v', secret: { secretName: 's' } }],
      ...rest,
    },
  });

const pods: ApplyScenario = {
  name: 'a pod has defaults, and what admission adds',
  steps: [
    { step: 'the service account', ...post(`${core}/serviceaccounts`, object('ServiceAccount', 'default')) },
    { step: 'create', ...post(`${core}/pods`, pod(), { fieldManager: 'alice' }) },
    {
      step: 'a label',
      ...merge(`${core}/pods/one`, { metadata: { labels: { a: '1' } } }, { fieldManager: 'bob' }),
    },
    { step: 'the same again', ...putEdited(`${core}/pods/one`, 'a label', {}, { fieldManager: 'carol' }) },
    { step: 'apply', ...apply(`${core}/pods/two`, 'dave', { ...pod(), metadata: { name: 'two' } }) },
    {
      step: 'a default that an applied pod got',
      ...merge(`${core}/pods/two`, { spec: { terminationGracePeriodSeconds: 30 } }, { fieldManager: 'bob' }),
    },
  ],
};

const service = (rest: object = {}): object =>
  object('Service', 'one', { spec: { clusterIP: 'None', selector: { app: 'one' }, ports: [{ port: 80 }], ...rest } });

const services: ApplyScenario = {
  name: 'a Service has defaults, and what is allocated',
  steps: [
    { step: 'create', ...post(`${core}/services`, service(), { fieldManager: 'alice' }) },
    {
      step: 'another type',
      ...merge(
        `${core}/services/one`,
        { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null } },
        { fieldManager: 'bob' },
      ),
    },
    { step: 'apply', ...apply(`${core}/services/two`, 'dave', { ...service(), metadata: { name: 'two' } }) },
    {
      step: 'a port with another target',
      ...apply(`${core}/services/two`, 'dave', {
        ...service({ ports: [{ port: 80, targetPort: 8080 }] }),
        metadata: { name: 'two' },
      }),
    },
  ],
};

const secret = (rest: object): object => object('Secret', 'one', rest);

const secrets: ApplyScenario = {
  name: 'a Secret has the data that were sent as text',
  steps: [
    { step: 'create', ...post(`${core}/secrets`, secret({ stringData: { a: '1' } }), { fieldManager: 'alice' }) },
    { step: 'more', ...merge(`${core}/secrets/one`, { stringData: { b: '2' } }, { fieldManager: 'bob' }) },
    {
      step: 'apply',
      ...apply(`${core}/secrets/two`, 'dave', { ...secret({ stringData: { a: '1' } }), metadata: { name: 'two' } }),
    },
    {
      step: 'another text',
      ...apply(`${core}/secrets/two`, 'dave', { ...secret({ stringData: { a: '2' } }), metadata: { name: 'two' } }),
    },
    {
      step: 'of a type',
      ...post(`${core}/secrets`, { ...secret({ type: 'example.com/type' }), metadata: { name: 'three' } }),
    },
    {
      step: 'without its type',
      ...put(`${core}/secrets/three`, { ...secret({}), metadata: { name: 'three' } }),
    },
  ],
};

const claim = object('PersistentVolumeClaim', 'one', {
  spec: {
    storageClassName: 'none',
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1024Mi' } },
  },
});
const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/rolebindings';
const slices = '/apis/discovery.k8s.io/v1/namespaces/NAMESPACE/endpointslices';

const others: ApplyScenario = {
  name: 'other kinds have defaults',
  steps: [
    {
      step: 'a claim',
      ...post(`${core}/persistentvolumeclaims`, claim, { fieldManager: 'alice' }),
    },
    { step: 'a claim is read', ...get(`${core}/persistentvolumeclaims/one`) },
    {
      step: 'a binding',
      ...post(
        bindings,
        {
          ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'one' } },
          roleRef: { kind: 'ClusterRole', name: 'view' },
          subjects: [{ kind: 'User', name: 'alice' }],
        },
        { fieldManager: 'alice' },
      ),
    },
    {
      step: 'a slice',
      ...post(
        slices,
        {
          ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'one' } },
          ...{
            addressType: 'IPv4',
            endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
            ports: [{ port: 80 }],
          },
        },
        { fieldManager: 'alice' },
      ),
    },
  ],
};

export const nativeScenarios: readonly ApplyScenario[] = [pods, services, secrets, others];
