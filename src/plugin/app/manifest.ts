/** YAML files of an app, with the line of each field. */
import { readFileSync } from 'node:fs';
import { isCollection, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { Finding } from './finding.ts';

/** One object of a file. */
export interface Manifest {
  readonly file: string;
  readonly object: JsonObject;
  /** Where a field stands: "spec.roles[0].id". Where it is absent, its nearest parent that is there. */
  readonly lineOf: (field: string) => number | undefined;
}

/** What a file contains. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
}

/** Reads all documents of a file; what is no YAML, or no object, is a finding. @throws Error where it can't be read */
export function readManifests(file: string): ManifestFile {
  const lines = new LineCounter();
  const documents = parseAllDocuments(readFileSync(file, 'utf8'), { lineCounter: lines, uniqueKeys: true });
  const manifests: Manifest[] = [];
  const findings: Finding[] = [];
  for (const document of documents) {
    const errors = document.errors.map(({ message, pos }): Finding => ({
      ...{ severity: 'error', file, line: lines.linePos(pos[0]).line },
      message: message.split('\n')[0] ?? message,
    }));
    findings.push(...errors);
    if (errors.length > 0 || document.contents === null) continue;
    const object: unknown = document.toJS();
    if (isJsonObject(object)) manifests.push({ file, object, lineOf: (field) => lineOf(document, lines, field) });
    else
      findings.push({
        severity: 'error',
        file,
        message: 'this is no object: a document begins with apiVersion and kind',
      });
  }
  return { manifests, findings };
}

/** "spec.roles[0].x" is spec, roles, 0, x; map keys in brackets stay as they are. */
function stepsOf(field: string): (string | number)[] {
  return [...field.matchAll(/[^.[\]]+|\[([^\]]*)\]/g)].map(([whole, inner]) => {
    const word = inner ?? whole;
    return inner !== undefined && /^\d+$/.test(inner) ? Number(inner) : word;
  });
}

function lineOf(document: Document.Parsed, lines: LineCounter, field: string): number | undefined {
  const steps = stepsOf(field);
  for (let length = steps.length; length > 0; length -= 1) {
    const range = rangeOf(document, steps.slice(0, length));
    if (range !== undefined) return lines.linePos(range).line;
  }
  return undefined;
}

/** Of the key, which names the field, where its parent is a map. */
function rangeOf(document: Document.Parsed, steps: readonly (string | number)[]): number | undefined {
  const last = steps.at(-1);
  const parent: unknown = steps.length === 1 ? document.contents : document.getIn(steps.slice(0, -1), true);
  if (!isCollection(parent)) return undefined;
  for (const item of parent.items) {
    const key: unknown = isPair(item) ? item.key : undefined;
    if (isNode(key) && key.value === last) return key.range?.[0];
  }
  const node: unknown = parent.get(last, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

const isPair = (item: unknown): item is { readonly key: unknown } =>
  typeof item === 'object' && item !== null && 'key' in item;

const isNode = (node: unknown): node is { readonly value?: unknown; readonly range?: readonly number[] } =>
  typeof node === 'object' && node !== null && 'range' in node;
