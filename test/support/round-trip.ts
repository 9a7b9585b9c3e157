/** What the conversion functions of every version promise; see VersionDefinition. */
import { describe, expect, it } from 'vitest';
import type { ResourceDefinition } from '../../src/apiserver/resource.ts';
import { createVersions } from '../../src/apiserver/versions/index.ts';
import { isJsonObject } from '../../src/meta/json.ts';
import { apiVersionString } from '../../src/meta/object.ts';
import { randomObject } from './random-objects.ts';
import { seeded } from './seeded.ts';

const objectsEach = 500;

/** Registers the tests of all versions of the resource; none where there is only one. */
export function roundTrips(definition: ResourceDefinition): void {
  const { group, kind, plural, version: hub, versions: others = [] } = definition;
  const versions = createVersions(definition);
  if (versions === undefined) return;
  const typeIn = (version: string) => ({ apiVersion: apiVersionString({ group, version }), kind });
  const pairs = others.flatMap((other) => [
    { from: other.version, schema: other.schema, to: hub },
    { from: hub, schema: definition.schema, to: other.version },
  ]);
  describe.each(pairs)(`${plural}.${group} from $from to $to`, ({ from, schema, to }) => {
    it('and back are the same, whatever they contain', () => {
      for (let seed = 1; seed <= objectsEach; seed += 1) {
        const object = frozen(randomObject(schema, typeIn(from), seeded(seed)));
        const there = frozen(versions.convert(object, to));
        const back = versions.convert(there, from);
        expect({ seed, object: filled(back) }).toEqual({ seed, object: filled(object) });
      }
    });

    it('have the types of that version, and no fields that it does not know', () => {
      const target = versions.schema(to);
      for (let seed = 1; seed <= objectsEach; seed += 1) {
        const there = versions.convert(frozen(randomObject(schema, typeIn(from), seeded(seed))), to);
        expect({ seed, ...typeIn(to) }).toEqual({ seed, apiVersion: there.apiVersion, kind: there.kind });
        expect({ seed, unknown: target?.unknownFields(there) }).toEqual({ seed, unknown: [] });
        expect({ seed, readable: target?.readable(there) === there }).toEqual({ seed, readable: true });
      }
    });

    it('take what has no content at all', () => {
      const object = frozen({ ...typeIn(from), metadata: {} });
      const there = frozen(versions.convert(object, to));
      expect(there).toEqual({ ...typeIn(to), metadata: {} });
      expect(versions.convert(there, from)).toEqual(object);
    });
  });
}

/** Without empty objects, which say no more than that there is nothing. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (!isJsonObject(value)) return value;
  const parts = Object.entries(value).map(([key, part]) => [key, filled(part)] as const);
  return Object.fromEntries(parts.filter(([, part]) => !isJsonObject(part) || Object.keys(part).length > 0));
}

/** Conversions must not change what they are given: it is shared. */
function frozen<V>(value: V): V {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}
