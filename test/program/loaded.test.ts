import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { builtProgram } from '../support/command.ts';

const chunks = join(dirname(builtProgram), 'chunks');
const files = readdirSync(chunks).filter((name) => name.endsWith('.js'));
const textOf = (name: string): string => readFileSync(join(chunks, name), 'utf8');

/** What is loaded together with a file, itself included: what it imports when it is needed is not. */
function loadedWith(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  for (const [, imported = ''] of textOf(name).matchAll(/^(?:import|export)\b[^;"]*"\.\/([^"]+)"/gm)) {
    loadedWith(imported, known);
  }
  return known;
}

it('a server without traces does not load OpenTelemetry', () => {
  const servers = files.filter((name) => textOf(name).includes('"serving kubedirector.hpe.com"'));
  const exporters = files.filter((name) => textOf(name).includes('collector.trace.v1.TraceService'));
  expect([servers.length, exporters.length]).toEqual([1, 1]);
  const loaded = loadedWith(servers[0] ?? '');
  expect(loaded.size).toBeGreaterThan(10);
  expect([...loaded].filter((name) => exporters.includes(name))).toEqual([]);
});
