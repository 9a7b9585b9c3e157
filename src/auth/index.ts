export { createAccessReviewAuthorizer } from './access-review-authorizer.ts';
export { authenticatedGroup } from './authenticated-group.ts';
export { meteredAuthenticator } from './authentication-metrics.ts';
export { meteredAuthorizer } from './authorization-metrics.ts';
export { denyAll, isHealthPath, mastersAuthorizer, publicInfoAuthorizer, unionAuthenticator } from './authorizers.ts';
export { createClientCertificateAuthenticator } from './client-certificate.ts';
export { createDelegatedAuthenticator } from './delegated.ts';
export { createDelegatedConfig, type ConfigData, type DelegatedConfig } from './delegated-config.ts';
export { createIdentityHeaders } from './front-proxy-headers.ts';
