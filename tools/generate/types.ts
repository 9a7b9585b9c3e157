import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { KubedirectorDocument } from './document.ts';

const header = '// Made from openapi/ by `npm run generate`. Do not edit.\n';

/** What openapi-typescript makes of a document. Fields with a default stay optional: clients may leave them out. */
function openApiTypescript(file: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'generate-'));
  try {
    const output = join(directory, 'types.ts');
    execFileSync(
      process.execPath,
      ['node_modules/openapi-typescript/bin/cli.js', file, '--output', output, '--default-non-nullable=false'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return readFileSync(output, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Kubernetes' own kinds. */
export function kubernetesTypes(file: string): string {
  return openApiTypescript(file);
}

/** The group's kinds; Kubernetes' are taken from their own file. */
export function kubedirectorTypes(document: KubedirectorDocument): string {
  const placeholders = Object.fromEntries(document.imported.map((name) => [name, {}]));
  const directory = mkdtempSync(join(tmpdir(), 'generate-'));
  try {
    const file = join(directory, 'openapi.json');
    writeFileSync(
      file,
      JSON.stringify({
        openapi: '3.0.0',
        info: { title: 'KubeDirector', version: 'v1beta1' },
        paths: {},
        components: { schemas: { ...document.schemas, ...placeholders } },
      }),
    );
    const lines = openApiTypescript(file).split('\n');
    const ours = lines.filter((line) => !/^ {8}"io\.k8s\.[^"]+": /.test(line)).join('\n');
    return (
      header +
      "import type { components as kubernetes } from '../kubernetes/schemas.gen.ts';\n\n" +
      ours.replaceAll('components["schemas"]["io.k8s.', 'kubernetes["schemas"]["io.k8s.')
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}
