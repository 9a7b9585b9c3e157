/** How authentication goes, under k8s.io/apiserver's names. Source: k8s.io/apiserver/pkg/endpoints/filters/metrics.go */
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Authenticator, Credentials } from './contract.ts';
import { createOutcomes } from './outcomes.ts';

/** Of whom the metrics tell by name; all others are counted together, so that their number does not grow. */
const namedUsers = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** A request without any credentials (a probe's) is no attempt. */
export function meteredAuthenticator(next: Authenticator, metrics: Metrics, clock: Clock): Authenticator {
  const users = metrics.counter(
    'authenticated_user_requests',
    'Counter of authenticated requests broken out by username.',
    ['username'],
  );
  const { success, failure, error } = createOutcomes(metrics, ['success', 'failure', 'error'], {
    attempts: ['authentication_attempts', 'Counter of authenticated attempts.'],
    durations: ['authentication_duration_seconds', 'How long authentication took, by result, in seconds.'],
  });
  const other = users.labels('other');
  const since = (begun: number): number => (clock.monotonic() - begun) / 1000;
  function found(user: UserInfo | undefined, credentials: Credentials, begun: number): UserInfo | undefined {
    if (user !== undefined) {
      success(since(begun));
      const name = labelOf(user.name);
      if (name === 'other') other.inc();
      else users.inc({ username: name });
    } else if (isAttempt(credentials)) failure(since(begun));
    return user;
  }
  async function later(
    user: Promise<UserInfo | undefined>,
    credentials: Credentials,
    begun: number,
  ): Promise<UserInfo | undefined> {
    try {
      return found(await user, credentials, begun);
    } catch (reason) {
      error(since(begun));
      throw reason;
    }
  }
  return {
    authenticate(credentials) {
      const begun = clock.monotonic();
      try {
        const user = next.authenticate(credentials);
        return user instanceof Promise ? later(user, credentials, begun) : found(user, credentials, begun);
      } catch (reason) {
        error(since(begun));
        throw reason;
      }
    },
  };
}

function isAttempt({ headers, peerCertificate }: Credentials): boolean {
  return peerCertificate !== undefined || headers.authorization !== undefined;
}

function labelOf(name: string): string {
  if (namedUsers.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
