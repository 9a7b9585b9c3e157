/** What answers in the playground where a real member's service would: one small page. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { duplexPair } from 'node:stream';
import { clusterLabel, roleLabel } from '../../apis/kubedirector/well-known.ts';
import type { Pod } from '../../apis/kubernetes/types.ts';
import { PodUnreachableError, type PodConnector } from '../../clients/contract.ts';
import type { Stored } from '../../meta/object.ts';

/** Every port of every pod answers with the same kind of page. Nothing listens on the network. */
export function createMemberPages(): PodConnector {
  return {
    connect(pod, port, { tls, signal }) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (tls) return Promise.reject(new PodUnreachableError('simulated members have no certificates'));
      const [ours, theirs] = duplexPair();
      memberServer(pod, port).emit('connection', theirs);
      return Promise.resolve(ours);
    },
  };
}

function memberServer(pod: Stored<Pod>, port: number): Server {
  return createServer((request, response) => {
    request.resume();
    answer(request, response, page(pod, port, request.url ?? '/'));
  });
}

function answer({ method }: IncomingMessage, response: ServerResponse, body: string): void {
  const isRead = method === 'GET' || method === 'HEAD';
  response.writeHead(isRead ? 200 : 405, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(body);
}

function page({ metadata }: Stored<Pod>, port: number, path: string): string {
  const { name, labels = {} } = metadata;
  const facts = { member: name, role: labels[roleLabel], cluster: labels[clusterLabel], port: String(port), path };
  const lines = Object.entries(facts).map(
    ([fact, value]) => `<tr><th>${fact}</th><td>${escaped(value ?? '')}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(name)}</title></head>
<body><h1>${escaped(name)}</h1><p>A simulated member: a real one would answer here.</p>
<table>
${lines.join('\n')}
</table></body></html>
`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
