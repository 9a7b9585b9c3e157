/** Asking as another user. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';

/** Request headers. */
export type Impersonation = Readonly<Record<string, string | string[]>>;

interface ImpersonationFlags {
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
}

/**
 * The headers for --as, --as-group and --as-uid; where they are absent, for the same fields of the kubeconfig's user.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 *
 * @throws Error for groups or a UID of nobody, as client-go has it
 */
export function impersonation(flags: ImpersonationFlags, user: JsonObject): Impersonation {
  const name = flags.as ?? textOf(user['as']);
  const groups = flags.asGroup ?? textsOf(user['as-groups']);
  const uid = flags.asUid ?? textOf(user['as-uid']);
  const extra = isJsonObject(user['as-user-extra']) ? Object.entries(user['as-user-extra']) : [];
  if (name === undefined) {
    if (groups.length === 0 && uid === undefined && extra.length === 0) return {};
    throw new Error('--as-group and --as-uid say who the user of --as is: give that, too');
  }
  return {
    'Impersonate-User': name,
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }),
    ...(uid === undefined ? {} : { 'Impersonate-Uid': uid }),
    ...Object.fromEntries(
      extra.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, textsOf(values)]),
    ),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
