/** Where objects to import come from: files of kubectl, or the CustomResourceDefinitions of a cluster. */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { group, version } from '../../apis/kubedirector/types.ts';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { systemClock } from '../../runtime/clock.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { storedKinds } from '../stored-objects.ts';

/** An object, and where it was found: for messages. */
interface Found {
  readonly object: JsonObject;
  readonly place: string;
}

/** What a source has. */
export interface ImportSource {
  readonly found: readonly Found[];
  /** The newest resourceVersion that the source knows of; 0: none. */
  readonly revision: number;
}

/** A file's name, and what is in it. */
interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** @throws ConfigurationError where one cannot be read */
export async function readFiles(names: readonly string[]): Promise<NamedText[]> {
  try {
    return await Promise.all(names.map(async (name) => ({ name, text: await readFile(name, 'utf8') })));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigurationError(`what is to be imported cannot be read: ${error.message}`, { cause: error });
  }
}

/**
 * The objects in files as kubectl prints them (-o json, -o yaml): single ones, lists, several documents in a file.
 * @throws ConfigurationError for what is neither
 */
export function objectsInFiles(files: readonly NamedText[]): ImportSource {
  const found = files.flatMap(({ name, text }) =>
    documentsOf(name, text).flatMap((document) => unfolded(document, name).map((object) => ({ object, place: name }))),
  );
  const revision = Math.max(0, ...found.map(({ object }) => versionIn(object)));
  return { found, revision };
}

/**
 * All objects that kube-apiserver stores by CustomResourceDefinitions of the group.
 * @param kubeconfig a file
 * @throws ConfigurationError where it is not known how to reach the cluster, or another API server serves the group
 * @throws StatusError as kube-apiserver answers
 */
export async function objectsInCluster(kubeconfig: string): Promise<ImportSource> {
  const { createTransport, isAggregated, listCustomResources, loadKubeConfig } =
    await import('../../clients/kubernetes/index.ts');
  const config = configured(() => loadKubeConfig({ kubeconfig }));
  const transport = createTransport(config, { clock: systemClock, metrics: createMetrics() });
  try {
    if (await isAggregated(transport, { group, version })) {
      throw new ConfigurationError(
        `${group} is served by another API server already, and not from CustomResourceDefinitions: import from files`,
      );
    }
    const lists = [];
    for (const resource of Object.keys(storedKinds)) {
      lists.push(await listCustomResources(transport, { group, version, resource }));
    }
    const found = lists.flatMap(({ objects }) => objects.map((object) => ({ object, place: 'the cluster' })));
    return { found, revision: Math.max(0, ...lists.map(({ resourceVersion }) => count(resourceVersion))) };
  } finally {
    transport.close();
  }
}

function configured<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigurationError(error.message, { cause: error });
  }
}

function documentsOf(name: string, text: string): unknown[] {
  try {
    if (/^\s*\{/.test(text)) return [JSON.parse(text)];
  } catch {
    // Several JSON documents one after the other, or YAML's flow style.
  }
  return parseAllDocuments(text, { version: '1.1', schema: 'core' }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined)
      throw new ConfigurationError(`${name} is neither YAML nor JSON: ${error.message}`, { cause: error });
    return document.toJS() as unknown;
  });
}

/** The items of lists. */
function unfolded(document: unknown, name: string): JsonObject[] {
  if (document === null || document === undefined) return [];
  if (!isJsonObject(document)) throw new ConfigurationError(`${name} holds something that is no object`);
  const { kind, apiVersion, items } = document;
  if (!Array.isArray(items) || typeof kind !== 'string' || !kind.endsWith('List')) return [document];
  const type = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown) => unfolded(isJsonObject(item) ? { ...type, ...item } : item, name));
}

function versionIn({ metadata }: JsonObject): number {
  return isJsonObject(metadata) ? count(metadata['resourceVersion']) : 0;
}

function count(text: unknown): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}
