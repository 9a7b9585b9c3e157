/** `kubectl kd app push` */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { systemClock } from '../../runtime/clock.ts';
import { plainLines } from '../../view/plain-text.ts';
import { connect, type ConnectionFlags } from '../clusters/api-client.ts';
import { data } from '../clusters/output.ts';
import { namespacePath } from '../clusters/read-commands.ts';
import { readAppFolder } from './app-folder.ts';
import { findingText } from './finding.ts';
import { lint } from './lint.ts';
import { pack, type Package } from './pack.ts';
import { fetchPackage, putPackage } from './upload.ts';

/** Flags of push. */
export interface PushFlags extends ConnectionFlags {
  /** A folder, or an address that files can be PUT below. */
  readonly to: string;
  /** Where members find what is there; absent: it is the same. */
  readonly url?: string;
  readonly check: boolean;
  readonly apply: boolean;
  readonly forceConflicts: boolean;
}

interface Output {
  write(text: string): unknown;
}

const isAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/**
 * Packs the setup package of a folder, puts it where members can fetch it, and applies the app with its address.
 * @throws Error for an app with mistakes, and where a step fails; StatusError as the server answered
 */
export async function push(
  directory: string,
  flags: PushFlags,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): Promise<void> {
  const { to, url = isAddress(to) ? to : undefined, check, apply } = flags;
  if (url === undefined) throw new Error('say with --url under which address members find the folder of --to');
  const { app, folder } = soundApp(directory, stderr);
  const made = pack(folder, app);
  // Fails before anything is done where there is no place for it.
  const object = withPackage(app.object, `${url.replace(/\/*$/, '/')}${made.fileName}`);
  const place = await put(made, to);
  // What programs read is on standard output.
  (apply ? stdout : stderr).write(`package: ${place} (${Math.ceil(made.bytes.length / 1024)} KiB)\n`);
  if (check && isAddress(object.packageURL)) await verify(object.packageURL, made);
  if (!apply) {
    stdout.write(data(object.app, 'yaml'));
    return;
  }
  const { warnings, namespace } = await applyApp(object.app, app.name, flags);
  for (const warning of warnings) stderr.write(`Warning: ${plainLines(warning)}\n`);
  stdout.write(`app ${app.name} applied in namespace ${namespace}\n`);
}

/** The app as it is written. */
interface WrittenApp {
  readonly name: string;
  readonly version: string;
  readonly object: JsonObject;
}

function soundApp(directory: string, stderr: Output): { readonly app: WrittenApp; readonly folder: string } {
  const { package: folder, app } = readAppFolder(directory);
  if (folder === undefined) throw new Error(`there is no folder package in ${directory}`);
  const linted = lint(directory);
  // The cluster beside it is an example, and stays here.
  const example = join(directory, 'cluster.yaml');
  const errors = linted.findings.filter(({ severity, file }) => severity === 'error' && file !== example);
  for (const finding of errors) stderr.write(`${findingText(finding)}\n`);
  const object = app.manifests.find((one) => one.object['kind'] === 'KubeDirectorApp')?.object;
  if (errors.length > 0 || linted.app === undefined || object === undefined)
    throw new Error('the app has mistakes: nothing was done');
  const { metadata, spec } = linted.app;
  return { app: { name: metadata.name ?? '', version: spec.version, object }, folder };
}

/**
 * The app with this address of its package: in defaultConfigPackage or, where there is none, in the roles that have one.
 * @throws Error where no role takes the package, or roles have different ones
 */
function withPackage(app: JsonObject, packageURL: string): { readonly app: JsonObject; readonly packageURL: string } {
  const spec = isJsonObject(app['spec']) ? app['spec'] : {};
  const replaced = (configPackage: unknown): JsonObject => ({
    ...(isJsonObject(configPackage) ? configPackage : {}),
    packageURL,
  });
  if (isJsonObject(spec['defaultConfigPackage'])) {
    const defaultConfigPackage = replaced(spec['defaultConfigPackage']);
    return { app: { ...app, spec: { ...spec, defaultConfigPackage } }, packageURL };
  }
  const roles = (Array.isArray(spec['roles']) ? spec['roles'] : []).filter(isJsonObject);
  const addresses = new Set(
    roles.flatMap(({ configPackage }) => (isJsonObject(configPackage) ? [configPackage['packageURL']] : [])),
  );
  if (addresses.size === 0) throw new Error('no role of app.yaml has a package: give it a defaultConfigPackage');
  if (addresses.size > 1) throw new Error('the roles of app.yaml have different packages, and the folder has only one');
  const changed = roles.map((role) =>
    isJsonObject(role['configPackage']) ? { ...role, configPackage: replaced(role['configPackage']) } : role,
  );
  return { app: { ...app, spec: { ...spec, roles: changed } }, packageURL };
}

/** Where it is now. */
async function put(made: Package, to: string): Promise<string> {
  if (isAddress(to)) {
    const address = `${to.replace(/\/*$/, '/')}${made.fileName}`;
    await putPackage(address, made.bytes, process.env['KD_PUSH_AUTHORIZATION']);
    return address;
  }
  mkdirSync(to, { recursive: true });
  const file = join(to, made.fileName);
  // Nobody fetches half of it.
  writeFileSync(`${file}.part`, made.bytes);
  renameSync(`${file}.part`, file);
  return file;
}

/** Members ask without credentials. */
async function verify(address: string, { digest, bytes }: Package): Promise<void> {
  const found = await fetchPackage(address, bytes.length).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`members would not get the package: ${why}. --no-check leaves this out`, { cause });
  });
  if (found !== digest)
    throw new Error(`members would get something else than the package at ${address}. --no-check leaves this out`);
}

async function applyApp(app: JsonObject, name: string, flags: PushFlags) {
  const client = connect(flags, systemClock);
  try {
    const metadata = isJsonObject(app['metadata']) ? app['metadata'] : {};
    const written = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined;
    const namespace = flags.namespace ?? written ?? client.namespace;
    const force = flags.forceConflicts ? '&force=true' : '';
    const path = `${namespacePath(namespace)}/kubedirectorapps/${encodeURIComponent(name)}`;
    const query = `?fieldManager=kubectl-kd&fieldValidation=Strict${force}`;
    const object = { ...app, metadata: { ...metadata, namespace } };
    const { warnings } = await client.send<unknown>('APPLY', `${path}${query}`, object);
    return { warnings, namespace };
  } finally {
    client.close();
  }
}
