/** Whether stored entries are objects that a server can serve. */
import { createGroupSchemas } from '../apis/kubedirector/schemas.ts';
import { group as ownGroup } from '../apis/kubedirector/types.ts';
import { internalPrefix, objectKey, splitStoreKey } from '../apiserver/watchcache/index.ts';
import { isJsonObject } from '../meta/json.ts';
import type { Entry } from '../storage/contract.ts';

/** Resources of the group that are stored. */
export const storedKinds: Readonly<Record<string, string>> = {
  kubedirectorapps: 'KubeDirectorApp',
  kubedirectorbackups: 'KubeDirectorBackup',
  kubedirectorclusters: 'KubeDirectorCluster',
  kubedirectorconfigs: 'KubeDirectorConfig',
  kubedirectorstatusbackups: 'KubeDirectorStatusBackup',
};

/** What is wrong with one entry. */
interface Finding {
  readonly key: string;
  readonly reason: string;
}

/** What a look at all entries has found. */
export interface Findings {
  /** No objects, or not the ones that their keys name: a server cannot start with them, or does not show them. */
  readonly broken: readonly Finding[];
  /** A server serves them, but no client could write them as they are. */
  readonly refused: readonly Finding[];
}

/** Looks at each entry; other groups' objects (a playground has some) only as far as all objects are alike. */
export function checkObjects(entries: readonly Entry[]): Findings {
  const schemas = createGroupSchemas();
  const broken: Finding[] = [];
  const refused: Finding[] = [];
  for (const { key, value } of entries) {
    if (key.startsWith(internalPrefix)) continue;
    const { problem, kind, object } = objectOf(key, value);
    if (problem !== undefined) broken.push({ key, reason: problem });
    if (problem !== undefined || kind === undefined) continue;
    const errors = schemas.kind(kind).validate(object);
    if (errors.length > 0) {
      refused.push({ key, reason: errors.map(({ field, message }) => `${field}: ${message}`).join('; ') });
    }
  }
  return { broken, refused };
}

interface Looked {
  readonly problem?: string;
  /** Absent for objects of other groups. */
  readonly kind?: string;
  readonly object?: unknown;
}

function objectOf(key: string, value: Buffer): Looked {
  const parts = splitStoreKey(key);
  if (parts === undefined) return { problem: 'the key is not one of an object' };
  const [, group = '', plural = ''] = parts.prefix.split('/');
  const kind = group === ownGroup ? storedKinds[plural] : undefined;
  if (group === ownGroup && kind === undefined) return { problem: `there is no resource ${group}/${plural}` };
  const object = parsed(value);
  if (!isJsonObject(object) || !isJsonObject(object.metadata))
    return { problem: 'it is not a JSON object with metadata' };
  const { name, namespace } = object.metadata;
  const own = objectKey(typeof namespace === 'string' ? namespace : '', typeof name === 'string' ? name : '');
  if (own !== parts.key) return { problem: `its name is ${JSON.stringify(own)}` };
  if (kind === undefined) return {};
  if (object.kind !== kind) return { problem: `its kind is ${JSON.stringify(object.kind)}` };
  return { kind, object };
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString());
  } catch {
    return undefined; // reported by the caller
  }
}
