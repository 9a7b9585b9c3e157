/**
 * The same API as one Swagger 2.0 document, for kube-apiserver's aggregator and older clients. What v2 cannot express
 * is left out, as in kube-apiserver: nullable, defaults, alternatives.
 */
import { without } from '../../meta/json.ts';
import type { Steps } from '../../runtime/steps.ts';
import type { OpenApiSchema } from '../../schema/contract.ts';
import { references } from '../../schema/resolve.ts';
import type { Content, Document, Method, OpenApiInfo, Operation, Parameter, PathItem } from './contract.ts';

const methods: readonly Method[] = ['get', 'put', 'post', 'delete', 'patch'];

/** Merges the documents of all group versions, in steps. */
export function* toSwagger(documents: readonly Document[], info: OpenApiInfo): Steps<object> {
  const paths: [string, object][] = [];
  const definitions: [string, object][] = [];
  for (const document of documents) {
    for (const [path, item] of Object.entries(document.paths)) {
      paths.push([path, pathItem(item)]);
      yield;
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      definitions.push([name, definition(schema)]);
      yield;
    }
  }
  return { swagger: '2.0', info, paths: Object.fromEntries(paths), definitions: Object.fromEntries(definitions) };
}

function pathItem(item: PathItem): object {
  const operations = methods.flatMap((method) => {
    const operation = item[method];
    return operation ? [[method, swaggerOperation(operation)] as const] : [];
  });
  return { ...Object.fromEntries(operations), parameters: (item.parameters ?? []).map(parameter) };
}

function parameter({ schema, ...rest }: Parameter): object {
  return { ...rest, ...schema };
}

function swaggerOperation({ parameters = [], requestBody, responses, ...rest }: Operation): object {
  const body = requestBody && {
    name: 'body',
    in: 'body',
    ...(requestBody.required === true ? { required: true } : {}),
    schema: schemaOf(requestBody.content),
  };
  const answers = Object.entries(responses).map(([code, { description, content }]) => {
    return [code, { description, ...(content ? { schema: schemaOf(content) } : {}) }] as const;
  });
  return {
    ...rest,
    consumes: consumed(rest['x-kubernetes-action'], requestBody),
    produces: Object.keys(responses['200']?.content ?? {}),
    schemes: ['https'],
    parameters: [...(body ? [body] : []), ...parameters.map(parameter)],
    responses: Object.fromEntries(answers),
  };
}

/** A proxy takes what the server behind it takes. */
function consumed(action: string | undefined, body: Operation['requestBody']): readonly string[] {
  if (action === 'connect') return ['*/*'];
  return body ? Object.keys(body.content) : ['application/json', 'application/yaml'];
}

function schemaOf(content: Content): object {
  const [first] = Object.values(content);
  return first ? definition(first.schema) : {};
}

const unsaid = new Set(['$ref', 'allOf', 'oneOf', 'nullable', 'default']);

/**
 * kubectl validates by this document what it does not let the server validate: `kind: List`, which `kubectl get` prints, and
 * everything with `--dry-run=client`. It refuses unknown fields wherever there are `properties`, so maps that also have
 * some keys of their own, such as the limits of a container, are without them.
 *
 * kube-apiserver does the same to objects with `x-kubernetes-preserve-unknown-fields` (ToStructuralOpenAPIV2 in
 * k8s.io/apiextensions-apiserver/pkg/controller/openapi/v2, v1.37). Here these keep their properties: by this document Argo CD
 * and client-go's extractors know which lists merge by keys. Without it they take what the server adds to an item for a
 * difference. The price is that kubectl refuses fields of an app's own in a `kind: List`.
 */
function withoutUnlisted(schema: OpenApiSchema): OpenApiSchema {
  return typeof schema.additionalProperties === 'object' ? without(schema, 'properties', 'required') : schema;
}

function definition(given: OpenApiSchema): object {
  const schema = withoutUnlisted(given);
  const { oneOf, properties, items, additionalProperties } = schema;
  const said = Object.entries(schema).filter(([keyword]) => !unsaid.has(keyword));
  const [reference] = references(schema);
  return {
    ...Object.fromEntries(said),
    ...(reference === undefined ? {} : { $ref: `#/definitions/${reference}` }),
    ...(oneOf && schema.type === undefined ? { type: 'string' } : {}),
    ...(items ? { items: definition(items) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, definition(one)])) }
      : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? definition(additionalProperties) : additionalProperties,
        }),
  };
}
