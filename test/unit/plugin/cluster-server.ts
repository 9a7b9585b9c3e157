/** A server with canned answers, and the commands of kubectl kd run against it. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { onTestFinished } from 'vitest';
import { clusterCommands } from '../../../src/plugin/clusters/commands.ts';
import type { Terminal } from '../../../src/plugin/clusters/frame.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly user: unknown;
  readonly groups: readonly string[] | undefined;
  readonly uid: unknown;
  readonly authorization: unknown;
  readonly body: string;
}

/**
 * By path, with or without query; `PATH?watch` for watches. Text is sent as it is, a number is the code of a refusal, a
 * promise is waited for, and everything else is sent as JSON.
 */
type Answers = Readonly<Record<string, unknown>>;

/** Runs a command against a server with these answers; everything else is forbidden, or not there. */
export async function run(
  args: readonly string[],
  answers: Answers,
  warnings: readonly string[] = [],
  terminal?: Terminal,
) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { url = '', headers, method = '' } = request;
      const [path = '', query = ''] = url.split('?');
      let body = '';
      for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
      const { authorization, 'impersonate-user': user, 'impersonate-uid': uid } = headers;
      const groups = request.headersDistinct['impersonate-group'];
      asked.push({ method, path, query, user, groups, uid, authorization, body });
      const watched = query.includes('watch=true') ? answers[`${path}?watch`] : undefined;
      const found = await (watched ?? answers[url] ?? answers[path]);
      const answer = typeof found === 'number' ? undefined : found;
      response.statusCode = typeof found === 'number' ? found : answer === undefined ? 403 : 200;
      if (warnings.length > 0)
        response.setHeader(
          'Warning',
          warnings.map((text) => Buffer.from(`299 - "${text}"`).toString('latin1')),
        );
      const refusal = { kind: 'Status', apiVersion: 'v1', reason: 'Forbidden', message: 'no\u001b[5m' };
      // As bytes: Node.js would write the header in the encoding of a text.
      response.end(Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer ?? refusal)));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'kd-plugin-'));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'k', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'secret-token' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  };
  writeFileSync(join(folder, 'config'), JSON.stringify(config));
  const said = { out: '', err: '', code: -1 };
  const program = new Command();
  const commands = clusterCommands({
    terminal,
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    end: (code) => (said.code = code),
  });
  for (const command of commands)
    program.addCommand(command.exitOverride().configureOutput({ writeErr: (text) => (said.err += text) }));
  await program.parseAsync([...args, '--kubeconfig', join(folder, 'config')], { from: 'user' });
  return { ...said, asked };
}
