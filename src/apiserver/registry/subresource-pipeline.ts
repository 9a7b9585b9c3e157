/**
 * The write pipeline of subresources that have a kind of their own (Scale, Eviction …): what they do to their object in
 * the end is a write of the resource, but ownership and admission are about the kind that the client sent.
 * See pipeline.ts for the order.
 */
import { apiVersionString, type KubeObject, type NamespacedName } from '../../meta/object.ts';
import type { Admission, AdmissionAttributes } from '../admission/contract.ts';
import { createFieldManager } from '../apply/index.ts';
import { operationOptions } from './admission.ts';
import { checkKind } from './check-kind.ts';
import { equivalentPlaces } from './equivalents.ts';
import type {
  ActionSubresource,
  CallContext,
  ObjectSubresource,
  ResourceDefinition,
  Subresource,
  SubresourceWriteOptions,
  WriteOptions,
} from '../resource.ts';
import type { Versions } from '../versions/index.ts';
import { managerOf } from './own.ts';

interface Dependencies {
  /** Absent: there are no webhooks. */
  readonly admission?: Admission | undefined;
  readonly now: () => Date;
  /** Of the resource; absent: it has one. */
  readonly versions?: Versions | undefined;
}

type Place = Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'plural'> & Pick<Dependencies, 'versions'>;

/** A copy of the definition whose subresources go through the pipeline at every write, over HTTP and in process. */
export function withPipeline(definition: ResourceDefinition, dependencies: Dependencies): ResourceDefinition {
  const entries = Object.entries(definition.subresources).map(([name, subresource]): [string, Subresource] => {
    if (subresource.type === 'object') return [name, withOwners(name, subresource, dependencies)];
    return [name, subresource];
  });
  const { admission, versions } = dependencies;
  const place: Place = { ...definition, versions };
  if (admission === undefined) return { ...definition, subresources: Object.fromEntries(entries) };
  const admitted = entries.map(([name, subresource]): [string, Subresource] => {
    if (subresource.type === 'object') return [name, admittedObject(place, name, subresource, admission)];
    if (subresource.type === 'action') return [name, admittedAction(place, name, subresource, admission)];
    return [name, subresource];
  });
  return { ...definition, subresources: Object.fromEntries(admitted) };
}

/** Ownership of what a client writes through the subresource, where its representation carries managedFields. */
function withOwners(name: string, subresource: ObjectSubresource, { now }: Dependencies): ObjectSubresource {
  const { update, kind, schema, tracksOwners } = subresource;
  if (update === undefined || tracksOwners !== true) return subresource;
  const owners = createFieldManager<KubeObject>({
    ...{ apiVersion: apiVersionString(subresource), kind, schema: schema.root, subresource: name, now },
  });
  return {
    ...subresource,
    owners,
    update(context, target, transform, options) {
      if (options.ownership === 'given') return update(context, target, transform, options);
      const owned = async (current: KubeObject): Promise<KubeObject> => {
        const next = schema.prune(await transform(current));
        return owners.update(current, next, managerOf(context, options))();
      };
      return update(context, target, owned, options);
    },
  };
}

function admittedObject(
  place: Place,
  name: string,
  subresource: ObjectSubresource,
  admission: Admission,
): ObjectSubresource {
  const { update, schema } = subresource;
  if (update === undefined) return subresource;
  return {
    ...subresource,
    async update(context, target, transform, options) {
      const attributes = attributesFor(place, name, subresource, { context, target, options }, 'UPDATE');
      const mutate = async (oldObject: KubeObject): Promise<KubeObject> => {
        const object = await transform(oldObject);
        if (!admission.concerns(place.group)) return object;
        const write = attributes({ object: schema.prune(object), oldObject });
        const made = (await admission.mutate(write, (changed) => schema.applyDefaults(changed))) ?? object;
        checkKind(subresource, made, target.name);
        return made;
      };
      const admit = async (object: KubeObject, oldObject: KubeObject): Promise<void> => {
        if (admission.concerns(place.group)) await admission.validate(attributes({ object, oldObject }));
      };
      return update(context, target, mutate, { ...options, admit });
    },
  };
}

function admittedAction(
  place: Place,
  name: string,
  subresource: ActionSubresource,
  admission: Admission,
): ActionSubresource {
  const { create, schema } = subresource;
  return {
    ...subresource,
    async create(context, target, body, options) {
      if (!admission.concerns(place.group)) return create(context, target, body, options);
      const attributes = attributesFor(place, name, subresource, { context, target, options }, 'CREATE');
      const sent = schema.prune(body);
      const made = (await admission.mutate(attributes({ object: sent }), (one) => schema.applyDefaults(one))) ?? sent;
      checkKind(subresource, made, target.name);
      await admission.validate(attributes({ object: made }));
      return create(context, target, made, options);
    },
  };
}

interface Write {
  readonly context: CallContext;
  readonly target: NamespacedName;
  readonly options: SubresourceWriteOptions | WriteOptions;
}

/** Makes the attributes of the webhooks' questions about one write. */
function attributesFor(
  place: Place,
  name: string,
  subresource: ObjectSubresource | ActionSubresource,
  { context, target, options }: Write,
  operation: 'CREATE' | 'UPDATE',
): (objects: { object: KubeObject; oldObject?: KubeObject }) => AdmissionAttributes {
  const { group, version, plural, versions } = place;
  const kind = { group: subresource.group, version: subresource.version, kind: subresource.kind };
  return (objects) => ({
    ...{ context, operation, subresource: name, ...target, ...objects },
    kind,
    resource: { group, version, resource: plural },
    ...(subresource.type === 'object' ? { schema: subresource.schema.root } : {}),
    ...(versions === undefined ? {} : { equivalents: equivalentPlaces(versions, place, kind) }),
    dryRun: options.dryRun === true,
    options: operationOptions(operation, options),
  });
}
