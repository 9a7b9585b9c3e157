/** What this process is called among the replicas. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** "host_uuid", another one with each call. Source: kube-controller-manager (cmd/kube-controller-manager/app) */
export function processIdentity(): string {
  return `${hostname()}_${randomUUID()}`;
}
