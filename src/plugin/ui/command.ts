/** The command that serves the page on this machine. */
import type { Command } from 'commander';
import { systemClock } from '../../runtime/clock.ts';
import { portCommand, servePort, type Port, type PortCommandContext, type PortFlags } from '../forward/port-command.ts';

/** What the command uses. */
export interface UiCommandContext extends PortCommandContext {
  /** Where the build has put the page. */
  readonly pageFolder: string;
}

/** ui. */
export function uiCommand(context: UiCommandContext): Command {
  return portCommand('ui', 'open the page that shows all clusters, with your rights').action((flags: PortFlags) =>
    servePort(context, flags, () => openPage(context.pageFolder, flags)),
  );
}

async function openPage(folder: string, { port, ...flags }: PortFlags): Promise<Port> {
  const [{ connect }, { readPageFiles }, { startPageServer }] = await Promise.all([
    import('../clusters/api-client.ts'),
    import('../../front/index.ts'),
    import('./page-server.ts'),
  ]);
  const files = await readPageFiles(folder, 'local').catch((cause: unknown) => {
    throw new Error(`the files of the page cannot be read from ${folder}`, { cause });
  });
  const client = connect(flags, systemClock);
  try {
    const server = await startPageServer({ upstream: client, files, port });
    return {
      ...{ title: 'KubeDirector', url: server.url, urlOnce: server.urlOnce() },
      async stop() {
        await server.stop();
        client.close();
      },
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
