/** Dry runs of StatefulSets. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { StatefulSet } from '../../apis/kubernetes/types.ts';
import { isFieldErrorType, type FieldError } from '../../meta/field-error.ts';
import { StatusError, type StatusCause } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { DryRunVerdict, StatefulSetDryRun } from '../contract.ts';
import { collectionPath, resources } from './resources.ts';
import type { ApiTransport } from './transport.ts';

/** Nobody waits longer than a few seconds for the answer. */
const timeoutMs = 5_000;
/** How many StatefulSets are known to be valid, and for how long: policies and quotas of the cluster may change. */
const remembered = 1024;
const rememberedMs = 5_000;

interface Remembered {
  readonly verdict: DryRunVerdict;
  /** Monotonic time. */
  readonly until: number;
}

/**
 * Asks with this server's own credentials: creating StatefulSets is among their rights. A StatefulSet that was found valid
 * is not asked about again for some seconds, so that many clusters of one kind cost few questions.
 */
export function createStatefulSetDryRun(transport: ApiTransport, clock: Clock): StatefulSetDryRun {
  const { statefulSets } = resources;
  /** By the digests of those that are valid. */
  const valid = new LRUCache<string, Remembered>({ max: remembered });
  return {
    async check(statefulSet, signal) {
      const key = digestOf(statefulSet);
      const known = valid.get(key);
      if (known !== undefined && known.until > clock.monotonic()) return known.verdict;
      let warnings: readonly string[] = [];
      try {
        await transport.request({
          method: 'POST',
          path: collectionPath(statefulSets, statefulSet.metadata.namespace ?? ''),
          query: { dryRun: 'All' },
          body: statefulSet,
          repeatable: true,
          warned: (texts) => (warnings = texts),
          ...{ timeoutMs, signal },
        });
      } catch (error) {
        return admissionResponseOf(error);
      }
      const verdict = { type: 'valid', ...(warnings.length === 0 ? {} : { warnings }) } as const;
      valid.set(key, { verdict, until: clock.monotonic() + rememberedMs });
      return verdict;
    },
  };
}

const digestOf = (statefulSet: StatefulSet): string =>
  createHash('sha256').update(JSON.stringify(statefulSet)).digest('base64');

function admissionResponseOf(error: unknown): DryRunVerdict {
  if (!(error instanceof StatusError)) return { type: 'unknown' };
  const errors = isByItsRules(error) ? (error.status.details?.causes ?? []).flatMap(fieldError) : [];
  if (errors.length > 0) return { type: 'invalid', errors };
  return isRefusal(error) ? { type: 'refused', reason: error.message } : { type: 'unknown' };
}

/**
 * Whether kube-apiserver's own validation speaks. Admission policies answer 422, too, but name the resource where
 * validation names the kind; webhooks may answer anything, but kube-apiserver puts its own words in front.
 */
function isByItsRules({ reason, message, status: { details } }: StatusError): boolean {
  return (
    reason === 'Invalid' &&
    details?.kind === resources.statefulSets.kind &&
    details.group === resources.statefulSets.group &&
    !isByWebhook(message)
  );
}

/**
 * Quotas and missing rights answer 403, admission policies 413 or 422 as well, webhooks any code. A webhook that could not be
 * asked has refused nothing.
 */
function isRefusal({ code, message }: StatusError): boolean {
  return [403, 413, 422].includes(code) || isByWebhook(message);
}

/** Source: k8s.io/apiserver/pkg/admission/plugin/webhook/errors ToStatusErr */
const isByWebhook = (message: string): boolean => /^admission webhook "[^"]*" denied the request/.test(message);

/** A cause without a field is none of validation's. */
function fieldError({ reason = '', field = '', message = '' }: StatusCause): FieldError[] {
  if (field === '') return [];
  return [{ type: isFieldErrorType(reason) ? reason : 'FieldValueInvalid', field, message }];
}
