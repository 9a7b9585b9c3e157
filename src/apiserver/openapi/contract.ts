/** The parts of an OpenAPI 3.0 document that are made here. Source: https://spec.openapis.org/oas/v3.0.3 */
import type { OpenApiSchema } from '../../schema/contract.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly required?: boolean;
  readonly schema: { readonly type: string; readonly uniqueItems: true };
}

export type Content = Readonly<Record<string, { readonly schema: OpenApiSchema }>>;

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

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

export type PathItem = Partial<Record<Method, Operation>> & { readonly parameters?: readonly Parameter[] };

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
}

export interface Document {
  readonly openapi: '3.0.0';
  readonly info: OpenApiInfo;
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, OpenApiSchema>> };
}
