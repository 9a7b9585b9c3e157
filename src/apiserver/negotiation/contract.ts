/** The form of an answer. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ */

/** What the answer is: the object itself, a Table, or its metadata. */
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
   * meta.k8s.io PartialObjectMetadata, or PartialObjectMetadataList for lists. `list` says which kind was requested by
   * name.
   */
  | { readonly as: 'PartialObjectMetadata'; readonly list?: boolean; readonly version?: 'v1beta1' };

/** The result of content negotiation. */
export interface Negotiated {
  readonly mediaType: 'application/json' | 'application/yaml';
  /** Indent by two spaces: `?pretty`, or a browser or curl. */
  readonly pretty: boolean;
  readonly representation: Representation;
}
