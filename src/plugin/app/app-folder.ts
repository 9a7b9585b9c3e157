/** The folder of an app: app.yaml, cluster.yaml, and package/ with the setup package. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests, type ManifestFile } from './manifest.ts';

/** What `kubectl kd app init` makes and the other commands read. */
interface AppFolder {
  readonly directory: string;
  readonly app: ManifestFile;
  /** Undefined where there is no cluster.yaml. */
  readonly cluster: ManifestFile | undefined;
  /** Undefined where there is no package/. */
  readonly package: string | undefined;
}

/** Where the files are; a file in the place of the folder is the app alone. */
export function readAppFolder(path: string): AppFolder {
  if (!existsSync(path)) throw new Error(`there is no ${path}: name the folder of an app, or the file of an app`);
  if (!statSync(path).isDirectory()) {
    return { directory: path, app: readManifests(path), cluster: undefined, package: undefined };
  }
  const app = join(path, 'app.yaml');
  if (!existsSync(app)) throw new Error(`there is no ${app}: \`kubectl kd app init ${path}\` makes one`);
  const cluster = join(path, 'cluster.yaml');
  const folder = join(path, 'package');
  return {
    directory: path,
    app: readManifests(app),
    cluster: existsSync(cluster) ? readManifests(cluster) : undefined,
    package: existsSync(folder) ? folder : undefined,
  };
}
