export { createAccessReviewer } from './access-review.ts';
export { createKubernetesClients } from './clients.ts';
export { isAggregated, listCustomResources } from './custom-resources.ts';
export {
  createLeaseClient,
  createLeaseLeadership,
  timingsProblem,
  type ElectionTimings,
} from './leader-election/index.ts';
export { createPodExec } from './exec.ts';
export { loadKubeConfig } from './kube-config.ts';
export { createPodConnector, podAddressRefusal } from './pod-connector.ts';
export { createServiceAccountIssuerSource } from './service-account-issuer.ts';
export { createServiceResolver } from './service-resolver.ts';
export { createStatefulSetDryRun } from './stateful-set-dry-run.ts';
export { createTokenReviewer } from './token-review.ts';
export { createTransport } from './transport.ts';
export { createWebhookCaller } from './webhook-caller.ts';
export { createYieldingTransport } from './yielding-transport.ts';
