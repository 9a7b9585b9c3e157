/** Which transformers a key of the store is written and read with. */
import { formatKey } from '../format.ts';
import { parseGroupResource } from './configuration.ts';
import { PrefixTransformers } from './prefix-transformers.ts';
import { resourceOf } from './resource.ts';
import { identity, type Transformer } from './transformer.ts';

interface ResourceTransformers {
  /** As the configuration names them. */
  readonly resources: readonly string[];
  /** At least one. */
  readonly transformers: readonly Transformer[];
}

const plain = new PrefixTransformers([identity]);

/** The transformers of a configuration, by resource. */
export class TransformersByResource {
  readonly #named = new Map<string, readonly Transformer[]>();
  readonly #byResource = new Map<string, PrefixTransformers>();

  constructor(entries: readonly ResourceTransformers[]) {
    for (const { resources, transformers } of entries) {
      for (const name of resources) this.#named.set(name, [...(this.#named.get(name) ?? []), ...transformers]);
    }
  }

  /** Those of the resource itself, else of its group, else of everything; values as they are where none is named. */
  of(key: string): PrefixTransformers {
    if (key === formatKey) return plain;
    const resource = resourceOf(key);
    const known = this.#byResource.get(resource);
    if (known !== undefined) return known;
    const names = resource === '' ? ['*.*'] : [resource, `*.${parseGroupResource(resource).group}`, '*.*'];
    const named = names.map((name) => this.#named.get(name)).find((transformers) => transformers !== undefined);
    const made = new PrefixTransformers(named ?? [identity]);
    this.#byResource.set(resource, made);
    return made;
  }
}
