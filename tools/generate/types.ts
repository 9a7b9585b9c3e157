import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { KubedirectorDocument } from './document.ts';

const header = '// Made from openapi/ by `npm run generate`. Do not edit.\n';

/** What openapi-typescript makes of a document. Fields with a default stay optional: clients may leave them out. */
function typesOf(document: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'generate-'));
  try {
    const file = join(directory, 'openapi.json');
    writeFileSync(file, document);
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

/** Kubernetes' own kinds. Fields with an enum are plain strings: what is read may be newer, what is made is a string. */
export function kubernetesTypes(file: string): string {
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typesOf(JSON.stringify(document, (key, value: unknown) => (isEnum(key, value) ? undefined : value)));
}

/** An enum's values, and not the schema of a property of that name. */
const isEnum = (key: string, value: unknown): boolean => key === 'enum' && Array.isArray(value);

/** The group's kinds; Kubernetes' are taken from their own file. */
export function kubedirectorTypes(document: KubedirectorDocument): string {
  const placeholders = Object.fromEntries(document.imported.map((name) => [name, {}]));
  const text = JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'KubeDirector', version: 'v1beta1' },
    paths: {},
    components: { schemas: { ...document.schemas, ...placeholders } },
  });
  const lines = typesOf(text).split('\n');
  const ours = lines.filter((line) => !/^ {8}"io\.k8s\.[^"]+": /.test(line)).join('\n');
  return (
    header +
    "import type { components as kubernetes } from '../kubernetes/schemas.gen.ts';\n\n" +
    ours.replaceAll('components["schemas"]["io.k8s.', 'kubernetes["schemas"]["io.k8s.')
  );
}
