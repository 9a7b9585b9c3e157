/** What commands that serve a port of this machine have in common. */
import { InvalidArgumentError, type Command } from 'commander';
import { plainLine, plainLines } from '../../view/plain-text.ts';
import type { ConnectionFlags } from '../clusters/api-client.ts';
import { asking, type Output } from '../clusters/frame.ts';

/** Where commands that serve a port print, and how they end. */
export interface PortCommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly end: (exitCode: number) => void;
  /** Resolves when the user wants the command to end. */
  readonly interrupted: () => Promise<void>;
  /** Resolves to false where no browser can be started. */
  readonly openBrowser: (url: string) => Promise<boolean>;
}

/** The flags of commands that serve a port. */
export type PortFlags = ConnectionFlags & { readonly port: number; readonly browser: boolean };

/** What is served until the user ends it. */
export interface Port {
  /** For the line that is printed: of what it is. */
  readonly title: string;
  readonly url: string;
  /** For the browser that is started. */
  readonly urlOnce: string;
  stop(): Promise<void>;
}

/** A command with the flags of all those that serve a port. */
export function portCommand(name: string, description: string): Command {
  return asking(name, description)
    .option('--port <number>', 'of 127.0.0.1; 0: one that is free', portNumber, 0)
    .option('--no-browser', 'only print the address');
}

/** Serves until the user ends it; failures are told in one line, without escape sequences of servers. */
export async function servePort(
  { stdout, stderr, end, interrupted, openBrowser }: PortCommandContext,
  { browser }: PortFlags,
  start: () => Promise<Port>,
): Promise<void> {
  try {
    const stopping = interrupted();
    const port = await start();
    stdout.write(`${plainLine(port.title)}: ${port.url} (Ctrl-C ends it)\n`);
    if (browser && !(await openBrowser(port.urlOnce))) stderr.write('No browser can be started. Open the address.\n');
    await stopping;
    await port.stop();
    end(0);
  } catch (error) {
    stderr.write(`kubectl kd: ${plainLines(error instanceof Error ? error.message : String(error))}\n`);
    end(1);
  }
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number up to 65535.');
  return port;
}
