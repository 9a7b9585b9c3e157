/** The schemas of the group's kinds, ready for use. */
import kubernetes from '../../../openapi/kubernetes/schemas.json' with { type: 'json' };
import type { OpenApiSchemas, ResourceSchema } from '../../schema/contract.ts';
import { createResourceSchema } from '../../schema/index.ts';
import { kubedirectorSchemas } from './schemas.gen.ts';

/** Every schema that a document about this group needs: its own, and Kubernetes' that these refer to. */
export function groupSchemas(): OpenApiSchemas {
  // The document is Kubernetes' own and part of the program; its type is as wide as JSON.
  return { ...(kubernetes.components.schemas as unknown as OpenApiSchemas), ...kubedirectorSchemas };
}

/** By the kind's short name: "KubeDirectorApp". @throws Error where the group has no such kind */
export function kindSchema(kind: string, schemas: OpenApiSchemas): ResourceSchema {
  return createResourceSchema(`com.hpe.kubedirector.v1beta1.${kind}`, schemas);
}
