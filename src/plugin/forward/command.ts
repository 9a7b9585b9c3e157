/** The command that opens the page of a member. */
import type { Command } from 'commander';
import type { KubeDirectorEndpoint } from '../../apis/kubedirector/types.ts';
import { systemClock } from '../../runtime/clock.ts';
import { portCommand, servePort, type Port, type PortCommandContext, type PortFlags } from './port-command.ts';

/** open. */
export function openCommand(context: PortCommandContext): Command {
  return portCommand('open', 'open the page of a service in the browser, with your rights')
    .argument('<cluster[/service]>')
    .option('--member <pod>', 'instead of the first one that is ready')
    .action((target: string, flags: PortFlags & { readonly member?: string }) =>
      servePort(context, flags, () => openService(target, flags)),
    );
}

async function openService(
  target: string,
  { member, port, ...flags }: PortFlags & { readonly member?: string },
): Promise<Port> {
  const [cluster = '', service] = target.split('/', 2);
  const [{ connect }, { chooseEndpoint, homeOf, proxyOf }, { startForwarder }] = await Promise.all([
    import('../clusters/api-client.ts'),
    import('./choose.ts'),
    import('./forwarder.ts'),
  ]);
  const client = connect(flags, systemClock);
  try {
    const { namespace, credentials, impersonate } = client;
    const root = `/apis/kubedirector.hpe.com/v1beta1/namespaces/${encodeURIComponent(namespace)}`;
    const items = await client.list<KubeDirectorEndpoint>(`${root}/kubedirectorendpoints`, {
      labelSelector: `kubedirector.hpe.com/kdcluster=${cluster}`,
    });
    const wanted = { cluster, ...(service && { service }), ...(member === undefined ? {} : { member }) };
    const endpoint = chooseEndpoint(items, wanted);
    const prefix = proxyOf({ ...endpoint.metadata, namespace });
    const options = { upstream: { credentials, impersonate }, prefix, home: homeOf(endpoint), port };
    const forwarder = await startForwarder(options);
    return {
      ...{ title: endpoint.metadata.name ?? '', url: forwarder.url, urlOnce: forwarder.urlOnce() },
      async stop() {
        await forwarder.stop();
        client.close();
      },
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
