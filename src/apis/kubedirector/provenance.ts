/**
 * Where a value of a role comes from: the user said it, or a default of the app or cluster put it there. Stored roles
 * contain both, so this is found out from what clients leave in the object. See docs/adr/0018-defaults-stay.md.
 */
import { deepEqual, isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { lastAppliedAnnotation, parsedApplied } from './last-applied.ts';
import type { WellShaped } from './well-shaped.ts';

type Described = WellShaped<Pick<KubeObject, 'metadata'>>;

/** A spec as its user wrote it. */
interface Provenance {
  /** Undefined if it is not known what the user wrote. */
  readonly spec: JsonObject | undefined;
  /** The role as the user wrote it, explicit nulls included. Undefined where nobody knows of such a role. */
  role(id: string | undefined): JsonObject | undefined;
}

/** What the user wrote, by the file that `kubectl apply` keeps in an annotation; it is parsed on first use. */
export function provenanceOf({ metadata }: Described): Provenance {
  let read: { readonly spec: JsonObject | undefined } | undefined;
  const spec = (): JsonObject | undefined =>
    (read ??= { spec: appliedSpec(metadata?.annotations?.[lastAppliedAnnotation]) }).spec;
  return {
    get spec() {
      return spec();
    },
    role(id) {
      const roles = spec()?.['roles'];
      return Array.isArray(roles) ? roles.filter(isJsonObject).find((role) => role['id'] === id) : undefined;
    },
  };
}

function appliedSpec(text: string | undefined): JsonObject | undefined {
  const applied = text === undefined ? undefined : parsedApplied(text);
  const spec = isJsonObject(applied) ? applied['spec'] : undefined;
  return isJsonObject(spec) ? spec : undefined;
}

type Role = object & { readonly id?: string | undefined };
type Values = Readonly<Record<string, unknown>>;

const valueOf = (role: object, field: string): unknown =>
  Object.hasOwn(role, field) ? Object.entries(role).find(([key]) => key === field)?.[1] : undefined;

/** How the defaults of a role's fields have changed, by field. */
export interface ChangedDefaults {
  readonly former: Values;
  readonly now: Values;
}

/**
 * The role without the values that a former default had put into it: these follow the default as it is now. A value is
 * the user's own where it is another than the former default, or where the user's file has the field. Without such a
 * file, a role that lacks some of what is stored was written by hand, and everything in it is the user's own.
 * @param before the role as it is stored
 */
export function withoutFormerDefaults<R extends Role>(
  role: R,
  before: Role | undefined,
  { former, now }: ChangedDefaults,
  provenance: Provenance,
): R {
  if (before === undefined) return role;
  const repeated = Object.keys(former).filter((field) => {
    const value = former[field];
    const isFormer = value !== undefined && deepEqual(valueOf(before, field), value);
    return isFormer && deepEqual(valueOf(role, field), value) && !deepEqual(value, now[field]);
  });
  if (repeated.length === 0) return role;
  const written = provenance.role(role.id);
  const isByHand = Object.keys(former).some(
    (field) => valueOf(role, field) === undefined && valueOf(before, field) !== undefined,
  );
  const isOwn = (field: string): boolean => (written === undefined ? isByHand : Object.hasOwn(written, field));
  const following = { ...role };
  for (const field of repeated) if (!isOwn(field)) Reflect.deleteProperty(following, field);
  return following;
}
