/** Schemas in the form of structured-merge-diff, and their merge types. Source: its file schema/elements.go */
import { PathElement } from '../../../src/apiserver/apply/fieldpath/index.ts';
import { deducedType, type MergeType, type ScalarType } from '../../../src/apiserver/apply/typed/index.ts';

export interface SmdAtom {
  scalar?: ScalarType;
  list?: { elementType: SmdRef; elementRelationship: 'atomic' | 'associative'; keys?: string[] };
  map?: {
    fields?: { name: string; type: SmdRef; default?: unknown }[];
    elementType?: SmdRef;
    elementRelationship?: 'atomic' | 'separable';
  };
}

export interface SmdRef extends SmdAtom {
  namedType?: string;
  /** Overrides the relationship of the named type. */
  elementRelationship?: 'atomic' | 'separable' | 'associative';
}

export interface SmdSchema {
  types: (SmdAtom & { name: string })[];
}

const anything = (name: string, element: string, elementRelationship: 'atomic' | 'separable') => ({
  name,
  scalar: 'untyped' as const,
  list: { elementType: { namedType: '__untyped_atomic_' }, elementRelationship: 'atomic' as const },
  map: { elementType: { namedType: element }, elementRelationship },
});

/** The types without a schema, which every schema in this form has. */
export const commonTypes: SmdSchema['types'] = [
  anything('__untyped_atomic_', '__untyped_atomic_', 'atomic'),
  anything('__untyped_deduced_', '__untyped_deduced_', 'separable'),
];

/** The merge types of a schema by name. The returned function throws an Error for an unknown name. */
export function smdTypes(schema: SmdSchema): (name: string) => MergeType {
  const named = new Map(schema.types.map((type) => [type.name, type]));
  const made = new Map<string, MergeType>([['__untyped_deduced_', deducedType]]);
  const byName = (name: string): MergeType => {
    const known = made.get(name);
    if (known) return known;
    const atom = named.get(name);
    if (atom === undefined) throw new Error(`there is no type ${name}`);
    const type = ofAtom(atom);
    made.set(name, type);
    return type;
  };
  const ofRef = (ref: SmdRef): MergeType => {
    const { namedType, elementRelationship: over, ...inlined } = ref;
    if (namedType !== undefined && over === undefined) return byName(namedType);
    const atom = namedType === undefined ? inlined : named.get(namedType);
    if (atom === undefined) throw new Error(`there is no type ${namedType}`);
    if (over === undefined) return ofAtom(atom);
    if (atom.map) return ofAtom({ ...atom, map: { ...atom.map, elementRelationship: over as 'atomic' } });
    if (atom.list) return ofAtom({ ...atom, list: { ...atom.list, elementRelationship: over as 'atomic' } });
    throw new Error('a scalar has no element relationship');
  };
  const ofAtom = ({ scalar, list, map }: SmdAtom): MergeType => {
    if (!scalar && !list && !map) throw new Error('a type without a kind');
    return { scalar, list: list && ofList(list), map: map && ofMap(map) };
  };
  const ofList = ({ elementType, elementRelationship, keys = [] }: NonNullable<SmdAtom['list']>) => {
    const element = lazy(() => ofRef(elementType));
    const fields = () => (elementType.namedType === undefined ? elementType : named.get(elementType.namedType))?.map;
    return {
      atomic: elementRelationship === 'atomic',
      keys,
      element,
      keyDefault: (key: string) => fields()?.fields?.find(({ name }) => name === key)?.default ?? undefined,
    };
  };
  const ofMap = ({ fields = [], elementType, elementRelationship }: NonNullable<SmdAtom['map']>) => {
    const rest = lazy(() => (elementType === undefined ? undefined : ofRef(elementType)));
    const known = new Map(
      fields.map(({ name, type }) => {
        const made = lazy(() => ({ type: ofRef(type), element: PathElement.field(name) }));
        return [name, made] as const;
      }),
    );
    const isFree = elementType?.namedType === '__untyped_deduced_' || isUntyped(elementType);
    return {
      atomic: elementRelationship === 'atomic',
      field: (name: string) => known.get(name)?.(),
      rest,
      free: isFree && fields.length === 0,
    };
  };
  return byName;
}

function isUntyped(ref: SmdRef | undefined): boolean {
  return ref?.namedType === undefined && ref?.scalar === 'untyped';
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
