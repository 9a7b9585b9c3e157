/** WebSocket connections to pods/exec, with the address and credentials of a kubeconfig. */
import type { KubeConfig } from '@kubernetes/client-node';
import { WebSocket } from 'ws';
import type { Clock } from '../../runtime/clock.ts';
import type { ExecTarget } from '../contract.ts';
import { createCredentials } from './credentials.ts';
import { objectPath, resources } from './resources.ts';

/**
 * Begins to connect. The socket is the caller's: to listen to at once, and to end.
 * @throws Error where there are no credentials to be had
 */
type OpenExec = (target: ExecTarget, command: readonly string[], withInput: boolean) => Promise<WebSocket>;

/**
 * Only the first can end the command's input: with input, kube-apiserver must speak it. One that does not leaves the
 * choice to kubelet, which takes the second.
 * Source: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const handshakeTimeoutMs = 30_000;
/** Of one message; kubelet sends 32 KiB at most. */
const maxPayloadBytes = 4 << 20;

/** @throws Error where the kubeconfig names no cluster */
export function createExecConnections(config: KubeConfig, clock: Clock): OpenExec {
  const credentials = createCredentials(config, clock);
  return async (target, command, withInput) => {
    const { agent, headers } = await credentials.current();
    const url = execURL(credentials.server, target, command, withInput);
    return new WebSocket(url, withInput ? protocols.slice(0, 1) : protocols, {
      agent,
      headers: { ...headers, 'User-Agent': 'kubedirector' },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxPayloadBytes,
      perMessageDeflate: false,
    });
  };
}

/** The server's URL may have a path of its own. */
function execURL(server: URL, target: ExecTarget, command: readonly string[], withInput: boolean): string {
  const { namespace, name, container } = target;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  if (withInput) query.set('stdin', 'true');
  for (const word of command) query.append('command', word);
  const base = server.href.replace(/^http/, 'ws').replace(/\/+$/, '');
  const pod = objectPath(resources.pods, { namespace, name });
  return `${base}${pod}/exec?${query.toString()}`;
}
