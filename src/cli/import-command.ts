/** `kubedirector storage import` */
import type { Command } from 'commander';
import { createLogger } from '../runtime/logger.ts';
import { ConfigurationError } from '../server/configuration-error.ts';
import type { Imported } from '../server/import/import.ts';
import type { ImportSource } from '../server/import/sources.ts';
import { addPlaceOptions, givenTo, storageOf, type StorageFlags } from './storage-options.ts';
import { findingsText, objects } from './storage-texts.ts';

interface ImportTerminal {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
}

interface ImportFlags extends StorageFlags {
  readonly kubeconfig?: string;
  readonly overwrite: boolean;
}

/** Adds it to `storage`. */
export function addImportCommand(storage: Command, terminal: ImportTerminal): void {
  const command = storage
    .command('import')
    .description('take over the objects of an existing KubeDirector, with their status, for a server that is stopped')
    .argument('[files...]', 'what kubectl get -o yaml or -o json printed; - is standard input')
    .option('--kubeconfig <file>', 'read from the CustomResourceDefinitions of this cluster, and not from files')
    .option('--overwrite', 'replace objects that are there and differ', false);
  addPlaceOptions(command, 'folder of the server; made if absent').action(
    async (files: readonly string[], flags: ImportFlags) => {
      const place = storageOf(flags, givenTo(command));
      const logger = createLogger({ level: 'warn', format: 'text' });
      const source = await sourceOf(files, flags, terminal);
      const { importObjects } = await import('../server/import/import.ts');
      const imported = await importObjects({ storage: place, source, overwrite: flags.overwrite, logger });
      terminal.stdout.write(importedText(imported));
    },
  );
}

async function sourceOf(
  files: readonly string[],
  { kubeconfig }: ImportFlags,
  { stdin }: ImportTerminal,
): Promise<ImportSource> {
  if ((files.length === 0) === (kubeconfig === undefined)) {
    throw new ConfigurationError('name files to import, or --kubeconfig, and not both');
  }
  const { objectsInCluster, objectsInFiles, readFiles } = await import('../server/import/sources.ts');
  if (kubeconfig !== undefined) return objectsInCluster(kubeconfig);
  const texts = await readFiles(files.filter((file) => file !== '-'));
  if (files.includes('-')) texts.push({ name: 'standard input', text: await textOf(stdin) });
  return objectsInFiles(texts);
}

async function textOf(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function importedText({ place, added, replaced, same, others, refused, mustListAgain }: Imported): string {
  const lines = [
    `imported ${objects(added.length)} into ${place}; replaced ${replaced.length}; ${same} were there already`,
    ...[...added, ...replaced].map((key) => `  ${key}`),
    ...(others.length === 0 ? [] : [`left out, because they are not KubeDirector's: ${others.join(', ')}`]),
    ...(mustListAgain
      ? ['the store had objects before: restart clients that have watched the API that is replaced']
      : []),
  ];
  return `${lines.join('\n')}\n${findingsText({ broken: [], refused })}`;
}
