import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { readTracingConfiguration } from '../../../src/server/tracing/configuration-file.ts';
import { tracingOf } from '../../../src/server/tracing/open.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-tracing-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const file = (text: string): string => {
  const path = join(directory, 'file');
  writeFileSync(path, text);
  return path;
};
const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n';

describe('a tracing configuration', () => {
  it.each([
    ['nothing but its kind', head, {}],
    ['an older version', head.replace('/v1', '/v1beta1'), {}],
    ['an endpoint', `${head}endpoint: otel:4317`, { endpoint: 'otel:4317' }],
    ['a name of gRPC', `${head}endpoint: dns:///otel.svc:4317`, { endpoint: 'dns:///otel.svc:4317' }],
    ['a socket', `${head}endpoint: unix:///run/otel`, { endpoint: 'unix:///run/otel' }],
    ['all of a million', `${head}samplingRatePerMillion: 1000000`, { samplingRatePerMillion: 1_000_000 }],
    ['JSON', JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'TracingConfiguration' }), {}],
  ])('is read with %s', async (_, text, expected) => {
    expect(await readTracingConfiguration(file(text))).toMatchObject(expected);
  });

  // The words are those of kube-apiserver 1.37 for the same files.
  it.each([
    ['another kind', head.replace('Tracing', 'Racing'), 'kind: Unsupported value: "RacingConfiguration"'],
    ['an unknown field', `${head}endpont: a`, 'unknown field "endpont"'],
    ['a repeated field', `${head}endpoint: a\nendpoint: b`, 'key "endpoint" already set in map'],
    ['a rate below 0', `${head}samplingRatePerMillion: -1`, 'Invalid value: -1: sampling rate must be positive'],
    [
      'a rate above a million',
      `${head}samplingRatePerMillion: 1000001`,
      'samplingRatePerMillion: Invalid value: 1000001: sampling rate per million must be less than or equal to one million',
    ],
    ['a URL', `${head}endpoint: http://a:4318`, 'endpoint: Invalid value: "http://a:4318": unsupported scheme: http.'],
  ])('is refused with %s', async (_, text, reason) => {
    await expect(readTracingConfiguration(file(text))).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^--tracing-config-file: /) as string,
    });
    await expect(readTracingConfiguration(file(text))).rejects.toThrow(reason);
  });

  it('is refused with an endpoint that names no place', async () => {
    const tracingFile = file(`${head}endpoint: "a b:c"`);
    await expect(tracingOf({ tracingFile, logger: silentLogger })).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('endpoint: ') as string,
    });
  });

  it('is not needed: without a file nothing is traced', async () => {
    expect(await tracingOf({ logger: silentLogger })).toBeUndefined();
  });
});
