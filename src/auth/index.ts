export { denyAll, isHealthPath, mastersAuthorizer, publicInfoAuthorizer, unionAuthenticator } from './authorizers.ts';
export { createClientCertificateAuthenticator, type ClientCertificateAuthenticator } from './client-certificate.ts';
