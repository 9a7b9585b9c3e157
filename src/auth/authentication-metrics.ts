/** How authentication goes, under k8s.io/apiserver's names. Source: k8s.io/apiserver/pkg/endpoints/filters/metrics.go */
import type { UserInfo } from '../meta/user.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Authenticator, Credentials } from './contract.ts';

/** Of whom the metrics tell by name; all others are counted together, so that their number does not grow. */
const namedUsers = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** A request without any credentials (a probe's) is no attempt. */
export function meteredAuthenticator(next: Authenticator, metrics: Metrics): Authenticator {
  const users = metrics.counter(
    'authenticated_user_requests',
    'Counter of authenticated requests broken out by username.',
    ['username'],
  );
  const attempts = metrics.counter('authentication_attempts', 'Counter of authenticated attempts.', ['result']);
  // Finding a counter by its labels costs more than counting.
  const [success, failure, error] = ['success', 'failure', 'error'].map((result) => attempts.labels(result));
  const other = users.labels('other');
  function found(user: UserInfo | undefined, credentials: Credentials): UserInfo | undefined {
    if (user !== undefined) {
      success?.inc();
      const name = labelOf(user.name);
      if (name === 'other') other.inc();
      else users.inc({ username: name });
    } else if (isAttempt(credentials)) failure?.inc();
    return user;
  }
  async function later(user: Promise<UserInfo | undefined>, credentials: Credentials): Promise<UserInfo | undefined> {
    try {
      return found(await user, credentials);
    } catch (reason) {
      error?.inc();
      throw reason;
    }
  }
  return {
    authenticate(credentials) {
      try {
        const user = next.authenticate(credentials);
        return user instanceof Promise ? later(user, credentials) : found(user, credentials);
      } catch (reason) {
        error?.inc();
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
