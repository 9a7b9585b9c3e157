export { createAccessReviewer } from './access-review.ts';
export { createKubernetesClients, type KubernetesClients } from './clients.ts';
export { createPodExec } from './exec.ts';
export { loadKubeConfig, type KubeConfigOptions } from './kube-config.ts';
export { createServiceAccountIssuerSource } from './service-account-issuer.ts';
export { createServiceResolver } from './service-resolver.ts';
export { createTokenReviewer } from './token-review.ts';
export { createTransport, type ApiRequest, type ApiTransport } from './transport.ts';
export { createWebhookCaller } from './webhook-caller.ts';
