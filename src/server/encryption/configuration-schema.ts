/** The shape of an encryption configuration. Source: apiserver.config.k8s.io/v1 EncryptionConfiguration */
import type { OpenApiSchema } from '../../schema/contract.ts';

const text: OpenApiSchema = { type: 'string' };
const keys: OpenApiSchema = {
  type: 'object',
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      items: { type: 'object', required: ['name', 'secret'], properties: { name: text, secret: text } },
    },
  },
};
const kms: OpenApiSchema = {
  type: 'object',
  required: ['name', 'endpoint'],
  properties: { apiVersion: text, name: text, endpoint: text, timeout: text, cachesize: { type: 'integer' } },
};
const provider: OpenApiSchema = {
  type: 'object',
  properties: { aesgcm: keys, aescbc: keys, secretbox: keys, identity: { type: 'object', properties: {} }, kms },
};

/** The schema that files are validated by. */
export const configurationSchema: OpenApiSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'resources'],
  properties: {
    apiVersion: { type: 'string', enum: ['apiserver.config.k8s.io/v1'] },
    kind: { type: 'string', enum: ['EncryptionConfiguration'] },
    resources: {
      type: 'array',
      items: {
        type: 'object',
        required: ['resources', 'providers'],
        properties: {
          resources: { type: 'array', items: text },
          providers: { type: 'array', items: provider },
        },
      },
    },
  },
};
