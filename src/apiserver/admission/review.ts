/** AdmissionReview, both ways. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/request, k8s.io/api/admission */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { AdmissionAttributes } from './contract.ts';
import type { WebhookType } from './webhook.ts';

export type ReviewVersion = 'v1' | 'v1beta1';

/** The first of a webhook's versions that is known here; undefined where there is none. */
export function reviewVersionOf(versions: readonly string[]): ReviewVersion | undefined {
  return versions.find((version): version is ReviewVersion => version === 'v1' || version === 'v1beta1');
}

export function reviewOf(version: ReviewVersion, uid: string, attributes: AdmissionAttributes): object {
  const { object, oldObject } = attributes;
  const { dryRun, options, ...about } = attributesOfRequest(attributes);
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: { uid, ...about, object: object ?? null, oldObject: oldObject ?? null, dryRun, options },
  };
}

/** All of an AdmissionRequest but its objects. Empty parts are left out, as Go does. */
export function attributesOfRequest(attributes: AdmissionAttributes) {
  const { kind, resource, subresource, name, namespace, operation, dryRun, options, context } = attributes;
  const { group, version } = resource;
  const ofResource = { group, version, resource: resource.resource };
  return {
    kind,
    resource: ofResource,
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kind,
    requestResource: ofResource,
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: userInfo(context.user),
    dryRun,
    options,
  };
}

function userInfo({ name, uid, groups, extra = {} }: UserInfo): object {
  return {
    username: name,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** What a webhook answered. */
export interface Verdict {
  readonly allowed: boolean;
  /** A metav1.Status, as far as it is one. */
  readonly result: JsonObject | undefined;
  /** A JSON patch (RFC 6902), as text. */
  readonly patch: string | undefined;
  readonly patchType: string | undefined;
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** @throws Error that says what is wrong with the answer, as kube-apiserver words it */
export function verdictOf(answer: unknown, version: ReviewVersion, uid: string, type: WebhookType): Verdict {
  const { response, kind, apiVersion } = isJsonObject(answer) ? answer : {};
  if (!isJsonObject(response)) throw new Error('webhook response was absent');
  const patch = text(response, 'patch');
  const patchType = text(response, 'patchType');
  if (version === 'v1') {
    if (response.uid !== uid)
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${quoted(response.uid)}`);
    checkType(apiVersion, kind);
    checkPatch(type, patch, patchType);
  }
  const hasPatch = type === 'mutating' && patch !== undefined && patch !== '';
  return {
    allowed: response.allowed === true,
    result: isJsonObject(response.status) ? response.status : undefined,
    patch: hasPatch ? Buffer.from(patch, 'base64').toString('utf8') : undefined,
    // v1beta1 knew no other.
    patchType: hasPatch ? (version === 'v1' ? patchType : 'JSONPatch') : undefined,
    auditAnnotations: texts(response.auditAnnotations),
    warnings: Array.isArray(response.warnings) ? response.warnings.filter((one) => typeof one === 'string') : [],
  };
}

function checkType(apiVersion: unknown, kind: unknown): void {
  if (apiVersion === 'admission.k8s.io/v1' && kind === 'AdmissionReview') return;
  const given = typeof apiVersion === 'string' ? apiVersion : '';
  const named = given.includes('/') ? given : `/${given}`;
  const got = `${named}, Kind=${typeof kind === 'string' ? kind : ''}`;
  throw new Error(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${got}`);
}

function checkPatch(type: WebhookType, patch: string | undefined, patchType: string | undefined): void {
  const hasPatch = patch !== undefined && patch !== '';
  if (type === 'validating') {
    if (hasPatch) throw new Error('validating webhook may not return response.patch');
    if (patchType !== undefined) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (hasPatch && patchType === undefined)
    throw new Error('webhook returned response.patch but not response.patchType');
  if (!hasPatch && patchType !== undefined)
    throw new Error('webhook returned response.patchType but not response.patch');
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

function text(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value : '');
}
