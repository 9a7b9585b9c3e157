/** In which form an answer goes out. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ */

export type Representation =
  | { readonly as: 'object' }
  /** meta.k8s.io Table. */
  | {
      readonly as: 'Table';
      readonly includeObject: 'None' | 'Metadata' | 'Object';
      /** Absent: v1. */
      readonly version?: 'v1beta1';
    }
  /**
   * meta.k8s.io PartialObjectMetadata, or …List for lists. `list` says which of the two kinds was asked for, where
   * it was asked for by name.
   */
  | { readonly as: 'PartialObjectMetadata'; readonly list?: boolean; readonly version?: 'v1beta1' };

export interface Negotiated {
  readonly mediaType: 'application/json' | 'application/yaml';
  /** `?pretty`, or a human's browser: two-space indentation. */
  readonly pretty: boolean;
  readonly representation: Representation;
}
