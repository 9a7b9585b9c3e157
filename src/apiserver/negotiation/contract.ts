/** In which form an answer goes out. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ */

export type Representation =
  | { readonly as: 'object' }
  /** meta.k8s.io/v1 Table. */
  | { readonly as: 'Table'; readonly includeObject: 'None' | 'Metadata' | 'Object' }
  /**
   * meta.k8s.io/v1 PartialObjectMetadata, or …List for lists. `list` says which of the two kinds was asked for, where
   * it was asked for by name.
   */
  | { readonly as: 'PartialObjectMetadata'; readonly list?: boolean };

export interface Negotiated {
  readonly mediaType: 'application/json' | 'application/yaml';
  /** `?pretty`, or a human's browser: two-space indentation. */
  readonly pretty: boolean;
  readonly representation: Representation;
}
