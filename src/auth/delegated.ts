/** Authentication as a cluster configures it for extension API servers. */
import { serviceUnavailable } from '../meta/status.ts';
import { unionAuthenticator } from './authorizers.ts';
import type { AuthenticationConfig } from './authentication-config.ts';
import { createClientCertificateAuthenticator } from './client-certificate.ts';
import type { Authenticator } from './contract.ts';
import type { DelegatedConfig } from './delegated-config.ts';
import { createFrontProxyAuthenticator } from './front-proxy.ts';
import { createTokenAuthenticator, type TokenOptions } from './token.ts';

interface DelegatedOptions extends TokenOptions {
  /** The caller that made it starts it. */
  readonly config: DelegatedConfig;
}

/**
 * In this order: the front proxy, client certificates, bearer tokens. Certificates are judged by the newest
 * configuration; before there is one, who shows a certificate gets StatusError 503.
 */
export function createDelegatedAuthenticator(options: DelegatedOptions): Authenticator {
  const { config, clock } = options;
  const frontProxy = createFrontProxyAuthenticator(clock);
  const clients = createClientCertificateAuthenticator({ clock });
  const apply = ({ requestHeader, clientAuthorities }: AuthenticationConfig): void => {
    frontProxy.update(requestHeader);
    clients.update(clientAuthorities);
  };
  const current = config.current();
  if (current !== undefined) apply(current);
  config.onChange(apply);
  return unionAuthenticator([onceLoaded(config), frontProxy, clients, createTokenAuthenticator(options)]);
}

/** Knows no user by itself. */
function onceLoaded(config: DelegatedConfig): Authenticator {
  return {
    authenticate({ peerCertificate }) {
      if (peerCertificate === undefined || config.loaded()) return undefined;
      throw serviceUnavailable('the authentication configuration of the cluster is not loaded yet');
    },
  };
}
