/** Reads a file for --tracing-config-file. Source: apiserver.config.k8s.io/v1 TracingConfiguration */
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { OpenApiSchema } from '../../schema/contract.ts';
import { readStrictFile } from '../strict-file.ts';

/** Where traces go, and how much is traced. Source: k8s.io/component-base/tracing/api/v1 */
interface TracingConfiguration {
  /** Of a collector, as gRPC names it; absent: localhost:4317. */
  readonly endpoint?: string;
  /** 0 … 1,000,000; absent: only what a trusted caller records is recorded. */
  readonly samplingRatePerMillion?: number;
}

const schema: OpenApiSchema = {
  type: 'object',
  required: ['apiVersion', 'kind'],
  properties: {
    apiVersion: {
      type: 'string',
      enum: ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1', 'apiserver.config.k8s.io/v1alpha1'],
    },
    kind: { type: 'string', enum: ['TracingConfiguration'] },
    endpoint: { type: 'string' },
    samplingRatePerMillion: { type: 'integer', format: 'int32' },
  },
};

/** @throws ConfigurationError that names every problem */
export async function readTracingConfiguration(path: string): Promise<TracingConfiguration> {
  const file = { flag: '--tracing-config-file', path, kind: 'TracingConfiguration', schema, validate };
  const { value } = await readStrictFile<TracingConfiguration>(file);
  return value;
}

/** In kube-apiserver's words. Source: ValidateTracingConfiguration in k8s.io/component-base/tracing/api/v1/config.go */
function validate({ endpoint, samplingRatePerMillion: rate }: TracingConfiguration): FieldError[] {
  return [...(rate === undefined ? [] : rateErrors(rate)), ...(endpoint === undefined ? [] : endpointErrors(endpoint))];
}

function rateErrors(rate: number): FieldError[] {
  const at = 'samplingRatePerMillion';
  if (rate < 0) return [invalid(at, rate, 'sampling rate must be positive')];
  if (rate <= 1_000_000) return [];
  return [invalid(at, rate, 'sampling rate per million must be less than or equal to one million')];
}

/** The library knows no abstract sockets, so they are refused rather than never reached. */
function endpointErrors(endpoint: string): FieldError[] {
  const [, scheme = 'dns'] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint) ?? [];
  if (scheme === 'dns' || scheme === 'unix') return [];
  return [invalid('endpoint', endpoint, `unsupported scheme: ${scheme}.  Options are none, dns, or unix`)];
}
