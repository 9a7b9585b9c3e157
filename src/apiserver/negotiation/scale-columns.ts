/** Table columns for kinds of subresources, which have no resource definition. */
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { TableColumn } from '../resource.ts';

const age: TableColumn<KubeObject> = {
  name: 'Age',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  priority: 0,
  value: (object) => object.metadata.creationTimestamp,
};

function replicas(name: string, description: string, part: string): TableColumn<KubeObject> {
  return {
    name,
    type: 'integer',
    description,
    priority: 0,
    value: (object) => {
      const section: unknown = (object as unknown as Record<string, unknown>)[part];
      const count = isJsonObject(section) ? section['replicas'] : undefined;
      return typeof count === 'number' ? count : 0;
    },
  };
}

const scale = [
  replicas('Desired', 'Number of desired replicas', 'spec'),
  replicas('Available', 'Number of actual replicas', 'status'),
  age,
];

/** The columns of a Scale as in kube-apiserver; of other kinds only the age. */
export function columnsOfValue(value: KubeObject): readonly TableColumn<KubeObject>[] {
  return value.kind === 'Scale' && value.apiVersion.startsWith('autoscaling/') ? scale : [age];
}
