// Takes the schemas of Kubernetes' own types that this project serves or embeds out of Kubernetes' OpenAPI v3 documents,
// and writes them to openapi/kubernetes/schemas.json under their io.k8s names.
//
//   node tools/import-kubernetes.js DIR     DIR holds api__v1_openapi.json, apis__apps__v1_openapi.json …
//
// A running kube-apiserver has them, enums included:
//
//   for path in $(kubectl get --raw /openapi/v3 | jq -r '.paths | keys[]'); do
//     kubectl get --raw /openapi/v3/$path > DIR/${path//\//__}_openapi.json
//   done
//
// kubernetes/kubernetes has them under the same names in api/openapi-spec/v3, but without enums.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const roots = {
  api__v1: [
    'io.k8s.api.core.v1.Binding',
    'io.k8s.api.core.v1.ConfigMap',
    'io.k8s.api.core.v1.Endpoints',
    'io.k8s.api.core.v1.Event',
    'io.k8s.api.core.v1.Namespace',
    'io.k8s.api.core.v1.Node',
    'io.k8s.api.core.v1.PersistentVolume',
    'io.k8s.api.core.v1.PersistentVolumeClaim',
    'io.k8s.api.core.v1.Pod',
    'io.k8s.api.core.v1.Secret',
    'io.k8s.api.core.v1.Service',
    'io.k8s.api.core.v1.ServiceAccount',
    'io.k8s.api.policy.v1.Eviction',
    'io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList',
    'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
    'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
    'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta',
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
    'io.k8s.apimachinery.pkg.apis.meta.v1.Patch',
    'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
    'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent',
  ],
  apis: ['io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup', 'io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList'],
  apis__apps__v1: [
    'io.k8s.api.apps.v1.StatefulSet',
    'io.k8s.api.apps.v1.ControllerRevision',
    'io.k8s.api.autoscaling.v1.Scale',
  ],
  'apis__authentication.k8s.io__v1': ['io.k8s.api.authentication.v1.SelfSubjectReview'],
  'apis__authorization.k8s.io__v1': [
    'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
    'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
    'io.k8s.api.authorization.v1.SubjectAccessReview',
  ],
  'apis__events.k8s.io__v1': ['io.k8s.api.events.v1.Event'],
  'apis__discovery.k8s.io__v1': ['io.k8s.api.discovery.v1.EndpointSlice'],
  apis__policy__v1: ['io.k8s.api.policy.v1.PodDisruptionBudget'],
  'apis__storage.k8s.io__v1': ['io.k8s.api.storage.v1.StorageClass'],
  'apis__coordination.k8s.io__v1': ['io.k8s.api.coordination.v1.Lease'],
  'apis__rbac.authorization.k8s.io__v1': [
    'io.k8s.api.rbac.v1.ClusterRole',
    'io.k8s.api.rbac.v1.ClusterRoleBinding',
    'io.k8s.api.rbac.v1.Role',
    'io.k8s.api.rbac.v1.RoleBinding',
  ],
};

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: node tools/import-kubernetes.js DIR');
const schemas = {};

function take(document, name) {
  if (name in schemas) return;
  const schema = document.components.schemas[name];
  if (schema === undefined) throw new Error(`no schema ${name}`);
  schemas[name] = schema;
  for (const [, ref] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) take(document, ref);
}

for (const [file, names] of Object.entries(roots)) {
  const document = JSON.parse(readFileSync(join(directory, `${file}_openapi.json`), 'utf8'));
  for (const name of names) take(document, name);
}
const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(
  'openapi/kubernetes/schemas.json',
  JSON.stringify(
    { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.37.2' }, paths: {}, components: { schemas: sorted } },
    null,
    1,
  ) + '\n',
);
