/** One operation for each verb of a resource, and for each of its subresources. */
import type { OpenApiSchema } from '../../schema/contract.ts';
import { applyMediaType, patchMediaTypes } from '../patch/index.ts';
import type { ResourceDefinition, Subresource } from '../resource.ts';
import { objectVerbs } from '../subresource-verbs.ts';
import type { Content, Method, Operation, Parameter } from './contract.ts';
import { listSchemaName, operationIdOf, subresourceSuffix, tagOf } from './names.ts';
import {
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  patchParameters,
  writeParameters,
} from './parameters.ts';

/** The operations of a path, by method. */
export type Operations = Partial<Record<Method, Operation>>;

/** The prefix of the names of Kubernetes' own meta schemas. */
export const metaSchemas = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
/** A reference to a named schema. */
export const reference = (name: string): OpenApiSchema => ({ $ref: `#/components/schemas/${name}` });

function contentOf(schema: OpenApiSchema, mediaTypes: readonly string[]): Content {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}

/** Media types of answers. */
export const answers = ['application/json', 'application/yaml'];
/** The media type of a watch. */
export const watchMediaType = 'application/json;stream=watch';
const bodies = ['application/json', 'application/yaml'];
const descriptions = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const;

/** What one operation differs in from the others. */
interface Shape {
  /** Kubernetes' verb in x-kubernetes-action: "list", "post" … */
  readonly action: string;
  readonly operationId: string;
  readonly description: string;
  readonly kind: { group: string; version: string; kind: string };
  readonly parameters?: readonly Parameter[];
  readonly body?: { schema: OpenApiSchema; mediaTypes?: readonly string[]; required: boolean };
  readonly answer: OpenApiSchema;
  readonly answerTypes?: readonly string[];
  readonly codes?: readonly (keyof typeof descriptions)[];
}

/** One operation of a resource or subresource. */
export function operation(definition: ResourceDefinition, shape: Shape): Operation {
  const { group, version, kind } = shape.kind;
  const content = contentOf(shape.answer, shape.answerTypes ?? answers);
  return {
    tags: [tagOf(definition)],
    description: shape.description,
    operationId: shape.operationId,
    ...(shape.parameters ? { parameters: shape.parameters } : {}),
    ...(shape.body
      ? {
          requestBody: {
            content: contentOf(shape.body.schema, shape.body.mediaTypes ?? bodies),
            ...(shape.body.required ? { required: true } : {}),
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries((shape.codes ?? [200]).map((code) => [code, { description: descriptions[code], content }])),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': shape.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

/** Operations on a collection. @param scope the part of operation ids that tells paths apart: "Namespaced" or "" */
export function collectionOperations(definition: ResourceDefinition, scope: string): Operations {
  const { kind, verbs, schema } = definition;
  const id = (verb: string, infix = scope): string => operationIdOf(verb, definition, infix);
  const itself = reference(schema.name);
  const operations: Operations = { ...listOperation(definition, scope, '') };
  if (verbs.includes('create')) {
    operations.post = operation(definition, {
      action: 'post',
      operationId: id('create'),
      description: `create a ${kind}`,
      kind: definition,
      parameters: writeParameters,
      body: { schema: itself, required: true },
      answer: itself,
      codes: [200, 201, 202],
    });
  }
  if (verbs.includes('deletecollection')) {
    operations.delete = operation(definition, {
      action: 'deletecollection',
      operationId: id('delete', `Collection${scope}`),
      description: `delete collection of ${kind}`,
      kind: definition,
      parameters: deleteCollectionParameters,
      body: { schema: reference(`${metaSchemas}DeleteOptions`), required: false },
      answer: reference(`${metaSchemas}Status`),
    });
  }
  return operations;
}

/** List and watch. @param rest the end of the operation id: "ForAllNamespaces" or "" */
export function listOperation(definition: ResourceDefinition, scope: string, rest: string): Operations {
  if (!definition.verbs.includes('list')) return {};
  const watches = definition.verbs.includes('watch');
  return {
    get: operation(definition, {
      action: 'list',
      operationId: operationIdOf('list', definition, scope, rest),
      description: `list ${watches ? 'or watch ' : ''}objects of kind ${definition.kind}`,
      kind: definition,
      parameters: listParameters,
      answer: reference(listSchemaName(definition)),
      answerTypes: watches ? [...answers, watchMediaType] : answers,
    }),
  };
}

/** Operations on one object. */
export function objectOperations(definition: ResourceDefinition, scope: string): Operations {
  const { verbs, schema, kind } = definition;
  const operations = readAndWrite(definition, scope, {
    schemaName: schema.name,
    kind: definition,
    what: 'the specified',
    rest: '',
    verbs,
  });
  if (verbs.includes('delete')) {
    operations.delete = operation(definition, {
      action: 'delete',
      operationId: operationIdOf('delete', definition, scope),
      description: `delete a ${kind}`,
      kind: definition,
      parameters: deleteParameters,
      body: { schema: reference(`${metaSchemas}DeleteOptions`), required: false },
      answer: reference(`${metaSchemas}Status`),
      codes: [200, 202],
    });
  }
  return operations;
}

interface Subject {
  readonly schemaName: string;
  readonly kind: { group: string; version: string; kind: string };
  /** "the specified", "status of the specified" */
  readonly what: string;
  readonly rest: string;
  readonly verbs: readonly string[];
}

function readAndWrite(definition: ResourceDefinition, scope: string, subject: Subject): Operations {
  const { kind, what, rest, verbs } = subject;
  const answer = reference(subject.schemaName);
  const base = { kind, answer };
  const id = (verb: string): string => operationIdOf(verb, definition, scope, rest);
  const operations: Operations = {};
  if (verbs.includes('get')) {
    const description = `read ${what} ${definition.kind}`;
    operations.get = operation(definition, { ...base, action: 'get', operationId: id('read'), description });
  }
  if (verbs.includes('update')) {
    operations.put = operation(definition, {
      ...base,
      action: 'put',
      operationId: id('replace'),
      description: `replace ${what} ${definition.kind}`,
      parameters: writeParameters,
      body: { schema: answer, required: true },
      codes: [200, 201],
    });
  }
  if (verbs.includes('patch')) {
    operations.patch = operation(definition, {
      ...base,
      action: 'patch',
      operationId: id('patch'),
      description: `partially update ${what} ${definition.kind}`,
      parameters: patchParameters,
      body: {
        schema: reference(`${metaSchemas}Patch`),
        mediaTypes: [...patchMediaTypes, applyMediaType],
        required: true,
      },
    });
  }
  return operations;
}

/** Operations on a subresource; none for a refused one, nor for a proxy, which has two paths. */
export function subresourceOperations(
  definition: ResourceDefinition,
  scope: string,
  name: string,
  subresource: Subresource,
): Operations {
  const rest = subresourceSuffix(name);
  const what = `${name} of the specified`;
  switch (subresource.type) {
    case 'status': {
      const verbs = ['get', 'update', 'patch'];
      return readAndWrite(definition, scope, {
        schemaName: definition.schema.name,
        kind: definition,
        what,
        rest,
        verbs,
      });
    }
    case 'object': {
      const verbs = objectVerbs(subresource);
      const schemaName = subresource.schema.name;
      return readAndWrite(definition, scope, { schemaName, kind: subresource, what, rest, verbs });
    }
    case 'text': {
      const operationId = operationIdOf('read', definition, scope, rest);
      const description = `read ${what} ${definition.kind}`;
      const shape = { action: 'get', operationId, description, kind: definition, answer: { type: 'string' } as const };
      return { get: operation(definition, { ...shape, answerTypes: ['text/plain'] }) };
    }
    case 'proxy': // proxyOperations
    case 'refused':
      return {};
    case 'action': {
      const { answerSchema } = subresource;
      const schema = reference(subresource.schema.name);
      const shape: Shape = {
        action: 'post',
        operationId: operationIdOf('create', definition, scope, rest),
        description: `create ${name} of a ${definition.kind}`,
        kind: subresource,
        parameters: writeParameters,
        body: { schema, required: subresource.mayBeEmpty !== true },
        answer: answerSchema === undefined ? schema : reference(answerSchema),
        codes: [200, 201, 202],
      };
      return { post: operation(definition, shape) };
    }
  }
}
