/** The schemas of the group's kinds, ready for use. */
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import type { OpenApiSchemas, ResourceSchema } from '../../schema/contract.ts';
import { createResourceSchema, createResourceSchemas } from '../../schema/index.ts';
import { kubedirectorSchemas } from './schemas.gen.ts';

const prefix = 'com.hpe.kubedirector.v1beta1.';

/** Every schema that a document about this group needs: its own, and Kubernetes' that these refer to. */
export function groupSchemas(): OpenApiSchemas {
  // The document is Kubernetes' own and part of the program; its type is as wide as JSON.
  return { ...(kubernetes.components.schemas as unknown as OpenApiSchemas), ...kubedirectorSchemas };
}

/** By the kind's short name: "KubeDirectorApp". @throws Error where the group has no such kind */
export function kindSchema(kind: string, schemas: OpenApiSchemas): ResourceSchema {
  return createResourceSchema(`${prefix}${kind}`, schemas);
}

/** The group's schemas. Several groups of one process may share them: each kind is compiled once. */
export interface GroupSchemas {
  /** Every schema that a document about this group needs. */
  readonly all: OpenApiSchemas;
  /** By the kind's short name, always the same one. @throws Error where the group has no such kind */
  readonly kind: (kind: string) => ResourceSchema;
}

/** Schemas of which nothing is compiled yet. */
export function createGroupSchemas(): GroupSchemas {
  const all = groupSchemas();
  const made = createResourceSchemas(all);
  const kinds = new Map<string, ResourceSchema>();
  return {
    all,
    kind(kind) {
      const schema = kinds.get(kind) ?? made(`${prefix}${kind}`);
      kinds.set(kind, schema);
      return schema;
    },
  };
}
