/**
 * The shape of snapshot.storage.k8s.io/v1, as far as the playground fills it. Kubernetes itself has no such kinds: they come
 * with CustomResourceDefinitions. Source: https://github.com/kubernetes-csi/external-snapshotter client/config/crd
 */
import type { OpenApiSchema, OpenApiSchemas } from '../../schema/contract.ts';

const text = (description: string): OpenApiSchema => ({ type: 'string', description });
const time = (description: string): OpenApiSchema => ({ type: 'string', format: 'date-time', description });
const strings = (description: string): OpenApiSchema => {
  return { type: 'object', description, additionalProperties: { type: 'string' } };
};
const object = (
  description: string,
  properties: Readonly<Record<string, OpenApiSchema>>,
  required: readonly string[] = [],
): OpenApiSchema => ({ type: 'object', description, properties, ...(required.length === 0 ? {} : { required }) });

const head: Readonly<Record<string, OpenApiSchema>> = {
  apiVersion: text('APIVersion defines the versioned schema of this representation of an object.'),
  kind: text('Kind is a string value representing the REST resource this object represents.'),
  metadata: {
    allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
    description: 'Standard object metadata.',
    default: {},
  },
};

const error = object('The last error; the driver goes on trying.', {
  message: text('What went wrong.'),
  time: time('When it did.'),
});
const deletionPolicy: OpenApiSchema = {
  ...{ type: 'string', enum: ['Delete', 'Retain'] },
  description: 'What becomes of the snapshot in the storage when its VolumeSnapshotContent is deleted.',
};
const size: OpenApiSchema = {
  ...{ 'x-kubernetes-int-or-string': true, oneOf: [{ type: 'integer' }, { type: 'string' }] },
  description: 'The size that a volume must have that is made of the snapshot.',
};

const kind = (
  name: string,
  description: string,
  properties: Readonly<Record<string, OpenApiSchema>>,
  required: readonly string[],
): OpenApiSchema => ({
  ...object(description, { ...head, ...properties }, required),
  'x-kubernetes-group-version-kind': [{ group: 'snapshot.storage.k8s.io', version: 'v1', kind: name }],
});

/** What the names of these schemas begin with. */
export const snapshotPrefix = 'io.k8s.storage.snapshot.v1.';

/** By full name. */
export const snapshotSchemas: OpenApiSchemas = {
  [`${snapshotPrefix}VolumeSnapshot`]: kind(
    'VolumeSnapshot',
    'VolumeSnapshot is a request for a snapshot of a volume, and that snapshot.',
    {
      spec: object(
        'What is asked for.',
        {
          source: object('What the snapshot is taken of. Exactly one of the fields must be set.', {
            persistentVolumeClaimName: text('Name of the claim whose volume is copied.'),
            volumeSnapshotContentName: text('Name of a VolumeSnapshotContent that exists.'),
          }),
          volumeSnapshotClassName: text('Name of the VolumeSnapshotClass; the default class if absent.'),
        },
        ['source'],
      ),
      status: object('How far the snapshot is.', {
        boundVolumeSnapshotContentName: text('Name of the VolumeSnapshotContent.'),
        creationTime: time('When the snapshot was taken.'),
        readyToUse: { type: 'boolean', description: 'Whether a volume can be made of the snapshot.' },
        restoreSize: size,
        error,
      }),
    },
    ['spec'],
  ),
  [`${snapshotPrefix}VolumeSnapshotClass`]: kind(
    'VolumeSnapshotClass',
    'VolumeSnapshotClass says how a driver takes snapshots.',
    {
      driver: text('Name of the storage driver.'),
      deletionPolicy,
      parameters: strings('For the driver.'),
    },
    ['driver', 'deletionPolicy'],
  ),
  [`${snapshotPrefix}VolumeSnapshotContent`]: kind(
    'VolumeSnapshotContent',
    'VolumeSnapshotContent is a snapshot in the storage.',
    {
      spec: object(
        'Where it comes from.',
        {
          deletionPolicy,
          driver: text('Name of the storage driver.'),
          source: object('What it was taken of.', { volumeHandle: text('The volume.') }),
          volumeSnapshotClassName: text('Name of the VolumeSnapshotClass.'),
          volumeSnapshotRef: object('The VolumeSnapshot.', {
            ...{ apiVersion: text('Its version.'), kind: text('Its kind.'), name: text('Its name.') },
            ...{ namespace: text('Its namespace.'), uid: text('Its uid.') },
          }),
        },
        ['deletionPolicy', 'driver', 'source', 'volumeSnapshotRef'],
      ),
      status: object('How far it is.', {
        readyToUse: { type: 'boolean', description: 'Whether a volume can be made of it.' },
        restoreSize: { type: 'integer', format: 'int64', description: 'Bytes.' },
        snapshotHandle: text('What the driver knows it by.'),
      }),
    },
    ['spec'],
  ),
};
