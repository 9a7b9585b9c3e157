/** What the server would say of an app and of a cluster of it: the same schemas, defaults and rules. */
import { randomBytes } from 'node:crypto';
import { defaultApp } from '../../apis/kubedirector/app-defaulting.ts';
import { nameErrors, validateApp } from '../../apis/kubedirector/app-validation.ts';
import { defaultCluster } from '../../apis/kubedirector/cluster-defaulting.ts';
import { validateCluster } from '../../apis/kubedirector/cluster-validation.ts';
import type { ClusterFacts, ReferenceFacts } from '../../apis/kubedirector/lookup.ts';
import { createGroupSchemas, type GroupSchemas } from '../../apis/kubedirector/schemas.ts';
import type { KubeDirectorApp, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { changeWellShaped, wellShaped } from '../../apis/kubedirector/well-shaped.ts';
import type { PersistentVolumeClaim } from '../../apis/kubernetes/types.ts';
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { JsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import { undeclaredFields } from './undeclared.ts';

/** An object with its defaults, and what is wrong with it. */
export interface Checked<T> {
  /** In a shape that code can rely on, even where something is wrong with it. */
  readonly object: T;
  readonly errors: readonly FieldError[];
  /** Fields that the schema does not have; `kubectl apply` refuses them. */
  readonly unknown: readonly string[];
  /** Fields that it does not have, but keeps: nothing reads them. */
  readonly kept: readonly string[];
}

const apiVersion = 'kubedirector.hpe.com/v1beta1';
const namespace = 'default';

/** Stands for the key that a server has. */
export const simulatedKey = '00'.repeat(32);

/** Checks the objects of one app. Schemas are compiled once. */
export class ObjectChecks {
  readonly #schemas: GroupSchemas = createGroupSchemas();

  app(written: JsonObject): Checked<KubeDirectorApp> {
    const schema = this.#schemas.kind('KubeDirectorApp');
    const { object, ...fields } = prepared<KubeDirectorApp>(schema, written, 'KubeDirectorApp');
    const whole = changeWellShaped(schema.root, object, (sane) => defaultApp(sane));
    const errors = [...nameFindings(whole), ...schema.validate(whole), ...validateApp(wellShaped(schema.root, whole))];
    return { object: schema.readable(whole), errors: distinct(errors), ...fields };
  }

  /** What it refers to (secrets, claims, storage classes) counts as present. */
  cluster(written: JsonObject, app: KubeDirectorApp): Checked<KubeDirectorCluster> {
    const schema = this.#schemas.kind('KubeDirectorCluster');
    const { object, ...fields } = prepared<KubeDirectorCluster>(schema, written, 'KubeDirectorCluster');
    const readable = schema.readable(object);
    const facts = factsFor(readable, app);
    const whole = changeWellShaped(schema.root, object, (sane) => defaultCluster(sane, facts, randomBytes));
    const rules = validateCluster(wellShaped(schema.root, whole), facts, referencesOf(readable));
    return {
      object: schema.readable(whole),
      errors: distinct([...nameFindings(whole), ...schema.validate(whole), ...rules]),
      ...fields,
    };
  }
}

function prepared<T extends KubeObject>(
  schema: ResourceSchema,
  written: JsonObject,
  kind: string,
): Pick<Checked<T>, 'object' | 'unknown' | 'kept'> {
  const unknown = schema.unknownFields(written);
  // The decoding border: what has another shape is reported by the schema.
  const object = schema.pruneAndDefault({ ...written, apiVersion, kind }) as unknown as T;
  const kept = undeclaredFields(schema.root, written).filter((field) => !unknown.includes(field));
  return { object, unknown, kept };
}

function nameFindings({ metadata }: { readonly metadata?: { readonly name?: string } }): FieldError[] {
  const name = metadata?.name;
  if (typeof name !== 'string') return [invalid('metadata.name', name, 'an object has a name')];
  return nameErrors(name).map((detail) => invalid('metadata.name', name, detail));
}

function factsFor(cluster: KubeDirectorCluster, app: KubeDirectorApp): ClusterFacts {
  const named = cluster.spec.roles.flatMap(({ storage, blockStorage }) => [
    storage?.storageClassName,
    blockStorage?.storageClassName,
  ]);
  return {
    ...{ systemNamespace: 'kubedirector-system', namespace },
    app: { app, catalog: 'local' },
    // Lets secretKeys be encrypted.
    config: { masterEncryptionKey: simulatedKey },
    storageClasses: ['default', ...named.filter((name) => name !== undefined)],
    defaultStorageClass: 'default',
  };
}

function referencesOf({ spec }: KubeDirectorCluster): ReferenceFacts {
  const secrets = [spec.defaultSecret, ...spec.roles.map(({ secret }) => secret)];
  const accounts = spec.roles.map(({ serviceAccountName }) => serviceAccountName);
  const claims = spec.roles.flatMap(({ volumeProjections = [] }) => volumeProjections.map(({ pvcName }) => pvcName));
  return {
    forbidden: [],
    secrets: new Set(secrets.flatMap((secret) => secret?.name ?? [])),
    serviceAccounts: new Set(accounts.filter((name) => name !== undefined)),
    claims: new Map(claims.map((name) => [name, claimNamed(name)])),
    urlProblems: new Map(),
  };
}

const claimNamed = (name: string): PersistentVolumeClaim => ({
  ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name } },
  spec: { accessModes: ['ReadWriteMany'], volumeMode: 'Filesystem' },
});

/** The schema and the rules may find the same. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.field}: ${error.message}`, error])).values()];
}
