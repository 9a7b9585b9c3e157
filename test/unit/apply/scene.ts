/** An object that several managers write, without a server around it. */
import { pathString, type FieldFilter } from '../../../src/apiserver/apply/fieldpath/index.ts';
import {
  createUpdater,
  type Applied,
  type Converter,
  type Managers,
  type Updater,
  type Write,
} from '../../../src/apiserver/apply/merge/index.ts';
import { mergeTypeOf, typedOf, type MergeType } from '../../../src/apiserver/apply/typed/index.ts';
import type { OpenApiSchema, OpenApiSchemas } from '../../../src/schema/contract.ts';
import { resolveKind } from '../../../src/schema/resolve.ts';

/** The merge type of an object with these properties. */
export function typeWith(properties: Readonly<Record<string, OpenApiSchema>>, others: OpenApiSchemas = {}): MergeType {
  return mergeTypeOf(resolveKind({ ...others, Thing: { type: 'object', properties } }, 'Thing'));
}

export const text: OpenApiSchema = { type: 'string' };
export const number: OpenApiSchema = { type: 'integer' };

/** A list of objects by their name, with fields beside it. */
export function byName(properties: Readonly<Record<string, OpenApiSchema>>): OpenApiSchema {
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', properties: { name: text, ...properties } },
  };
}

/** All writes are in version v1 unless another is named. */
export class Scene {
  type: MergeType;
  live: unknown = {};
  managers: Managers = new Map();
  readonly #filters: ReadonlyMap<string, FieldFilter>;
  /** Further versions; whatever is not here and not v1 is missing. */
  converter: Converter = { convert: (object, apiVersion) => (apiVersion === 'v1' ? object : 'missing') };

  constructor(type: MergeType, filters: ReadonlyMap<string, FieldFilter> = new Map()) {
    this.type = type;
    this.#filters = filters;
  }

  get #updater(): Updater {
    return createUpdater(this.converter, this.#filters);
  }

  /** A write from here. */
  write(manager: string, apiVersion = 'v1'): Write {
    return {
      live: typedOf(this.live, this.type, { allowDuplicates: true }),
      apiVersion,
      managers: this.managers,
      manager,
    };
  }

  apply(manager: string, object: unknown, { force = false, apiVersion = 'v1' } = {}): Applied {
    const applied = this.#updater.apply(this.write(manager, apiVersion), typedOf(object, this.type), force);
    this.managers = applied.managers;
    if (applied.object !== undefined) this.live = applied.object.value;
    return applied;
  }

  update(manager: string, object: unknown): void {
    const next = typedOf(object, this.type, { allowDuplicates: true });
    this.managers = this.#updater.update(this.write(manager), next);
    this.live = object;
  }

  /** The paths that a manager owns. */
  owned(manager: string): string[] {
    return [...(this.managers.get(manager)?.set.paths() ?? [])].map(pathString);
  }
}
