/** The parts of an OpenAPI 3.0 document that are made here. Source: https://spec.openapis.org/oas/v3.0.3 */
import type { OpenApiSchema } from '../../schema/contract.ts';

/** A parameter of the path or query. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly required?: boolean;
  readonly schema: { readonly type: string; readonly uniqueItems: true };
}

/** Schemas by media type. */
export type Content = Readonly<Record<string, { readonly schema: OpenApiSchema }>>;

/** One method of a path. */
export interface Operation {
  readonly tags: readonly string[];
  readonly description: string;
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content; readonly required?: boolean };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  readonly 'x-kubernetes-action'?: string;
  readonly 'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}

/** HTTP methods that operations exist for. */
export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

/** The operations of a path, and the parameters they share. */
export type PathItem = Partial<Record<Method, Operation>> & { readonly parameters?: readonly Parameter[] };

/** Title and version of the API. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
}

/** An OpenAPI 3.0 document. */
export interface Document {
  readonly openapi: '3.0.0';
  readonly info: OpenApiInfo;
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, OpenApiSchema>> };
}
