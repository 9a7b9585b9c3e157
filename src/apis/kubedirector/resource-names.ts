/** How a kind is served: the `x-kubedirector-resource` of its schema. */
export interface ResourceNames {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly columns: readonly ColumnSource[];
  /** Field paths ("spec.app") that fieldSelector may name besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
}

/** A printed column: shows the field at `path` (".spec.app"), or is `computed` by the registry's function of that name. */
export interface ColumnSource {
  readonly name: string;
  readonly description: string;
  readonly path?: string;
  readonly computed?: string;
  /** string if absent */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** 0 (absent) is shown always, 1 with -o wide. */
  readonly priority?: number;
}
