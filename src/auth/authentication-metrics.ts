/** How authentication goes, under k8s.io/apiserver's names. Source: k8s.io/apiserver/pkg/endpoints/filters/metrics.go */
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Authenticator, Credentials } from './contract.ts';
import { createOutcomes, observed } from './outcomes.ts';

/** The users that metrics name; all others are counted together, so that the number of series stays small. */
const namedUsers = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** A request without credentials (a probe) does not count as an attempt. */
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
  function found(user: UserInfo | undefined, credentials: Credentials, seconds: number): void {
    if (user !== undefined) {
      success(seconds);
      const name = labelOf(user.name);
      if (name === 'other') other.inc();
      else users.inc({ username: name });
    } else if (isAttempt(credentials)) failure(seconds);
  }
  return {
    authenticate: (credentials) =>
      observed(clock, () => next.authenticate(credentials), {
        succeeded: (user, seconds) => {
          found(user, credentials, seconds);
        },
        failed: error,
      }),
  };
}

function isAttempt({ headers, peerCertificate }: Credentials): boolean {
  return peerCertificate !== undefined || headers.authorization !== undefined;
}

function labelOf(name: string): string {
  if (namedUsers.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
