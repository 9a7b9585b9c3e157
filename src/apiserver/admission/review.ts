/**
 * AdmissionReview: requests and responses. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/request,
 * k8s.io/api/admission
 */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { GroupVersionResource } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { AdmissionAttributes } from './contract.ts';
import type { WebhookType } from './webhook.ts';

type ReviewVersion = 'v1' | 'v1beta1';

/** The first of the webhook's versions that this server knows; undefined if it knows none. */
export function reviewVersionOf(versions: readonly string[]): ReviewVersion | undefined {
  return versions.find((version): version is ReviewVersion => version === 'v1' || version === 'v1beta1');
}

/** The AdmissionReview to send. @param uid must come back in the response */
export function reviewOf(version: ReviewVersion, uid: string, attributes: AdmissionAttributes): object {
  const { object, oldObject } = attributes;
  const { dryRun, options, ...about } = attributesOfRequest(attributes);
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: { uid, ...about, object: object ?? null, oldObject: oldObject ?? null, dryRun, options },
  };
}

/** An AdmissionRequest without its objects. Empty parts are left out, as in Go. */
export function attributesOfRequest(attributes: AdmissionAttributes) {
  const { kind, resource, subresource, name, namespace, operation, dryRun, options, context } = attributes;
  const { asked = attributes } = attributes;
  return {
    kind,
    resource: resourceOf(resource),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: asked.kind,
    requestResource: resourceOf(asked.resource),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: userInfo(context.user),
    dryRun,
    options,
  };
}

/** In the order in which Go writes its fields. */
function resourceOf({ group, version, resource }: GroupVersionResource): GroupVersionResource {
  return { group, version, resource };
}

function userInfo({ name, uid, groups, extra = {} }: UserInfo): object {
  return {
    username: name,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** A webhook's answer. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  /** A metav1.Status; its fields are not checked. */
  readonly result: JsonObject | undefined;
  /** A JSON patch (RFC 6902), as text. */
  readonly patch: string | undefined;
  readonly patchType: string | undefined;
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Reads a webhook's AdmissionReview. @throws Error that says what is wrong with it, in kube-apiserver's words */
export function admissionResponseOf(
  answer: unknown,
  version: ReviewVersion,
  uid: string,
  type: WebhookType,
): AdmissionResponse {
  const { response, kind, apiVersion } = isJsonObject(answer) ? answer : {};
  if (!isJsonObject(response)) throw new Error('webhook response was absent');
  const patch = field(response, 'patch', isString);
  const patchType = field(response, 'patchType', isString);
  if (version === 'v1') {
    if (response.uid !== uid)
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${quoted(response.uid)}`);
    checkType(apiVersion, kind);
    checkPatch(type, patch, patchType);
  }
  const hasPatch = type === 'mutating' && patch !== undefined && patch !== '';
  return {
    allowed: field(response, 'allowed', isBoolean) ?? false,
    result: field(response, 'status', isJsonObject),
    patch: hasPatch ? Buffer.from(patch, 'base64').toString('utf8') : undefined,
    // v1beta1 has no other patch type.
    patchType: hasPatch ? (version === 'v1' ? patchType : 'JSONPatch') : undefined,
    auditAnnotations: field(response, 'auditAnnotations', isTextMap) ?? {},
    warnings: field(response, 'warnings', isTextList) ?? [],
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

/** Go reads null as absent. @throws Error for a value of another type, as Go's decoder does */
function field<T>(response: JsonObject, key: string, isRight: (value: unknown) => value is T): T | undefined {
  const value = response[key];
  if (value === undefined || value === null) return undefined;
  if (!isRight(value)) throw new Error(`response.${key} is of the wrong type`);
  return value;
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isTextList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString);
const isTextMap = (value: unknown): value is Record<string, string> =>
  isJsonObject(value) && Object.values(value).every(isString);

function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value : '');
}
