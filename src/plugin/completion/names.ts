/** Names for completion, from the kubeconfig and the server. */
import type { KubeDirectorCluster, KubeDirectorEndpoint } from '../../apis/kubedirector/types.ts';
import type { KubeObject } from '../../meta/object.ts';
import { systemClock } from '../../runtime/clock.ts';
import { plainLine } from '../../view/plain-text.ts';
import { connect, type ApiClient, type ConnectionFlags } from '../clusters/api-client.ts';
import { loadKubeconfig } from '../clusters/kubeconfig.ts';
import { clusterPath, namespacePath, ofCluster } from '../clusters/read-commands.ts';
import type { Names, Thing } from './complete.ts';
import type { Words } from './words.ts';

/** Who has pressed a key does not wait for long. */
const patienceMs = 3000;

/** As the user whom the words name. @throws Error where nothing can be known */
export const namesFromServer: Names = async (thing, words) => {
  const found = thing === 'context' ? contextsOf(words) : await asked(thing, words);
  // Each is a line for the shell, which may take some characters for its own.
  const plain = found.filter((name) => name !== '' && plainLine(name) === name && !/\s/.test(name));
  return [...new Set(plain)].sort();
};

const contextsOf = ({ values }: Words): string[] =>
  loadKubeconfig(values['kubeconfig'])
    .config.getContexts()
    .map(({ name }) => name);

async function asked(thing: Exclude<Thing, 'context'>, words: Words): Promise<readonly string[]> {
  const client = connect(flagsOf(words), systemClock);
  try {
    return await lookUp(thing, words.operands[0] ?? '', client);
  } finally {
    client.close();
  }
}

function flagsOf({ values }: Words): ConnectionFlags {
  const { kubeconfig, context, namespace, as } = values;
  return {
    requestTimeout: patienceMs,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(as === undefined ? {} : { as }),
  };
}

async function lookUp(
  thing: Exclude<Thing, 'context'>,
  cluster: string,
  client: ApiClient,
): Promise<readonly string[]> {
  const { namespace } = client;
  switch (thing) {
    case 'cluster':
      return namesIn(client, `${namespacePath(namespace)}/kubedirectorclusters`);
    case 'app':
      return namesIn(client, `${namespacePath(namespace)}/kubedirectorapps`);
    case 'namespace':
      return namesIn(client, '/api/v1/namespaces');
    case 'role': {
      const { spec } = await client.get<KubeDirectorCluster>(clusterPath(namespace, cluster));
      return spec.roles.map(({ id }) => id);
    }
    case 'member': {
      const { status } = await client.get<KubeDirectorCluster>(clusterPath(namespace, cluster));
      return (status?.roles ?? []).flatMap(({ members }) => members.map(({ pod }) => pod));
    }
    case 'service': {
      const path = `${namespacePath(namespace)}/kubedirectorendpoints`;
      const endpoints = await client.list<KubeDirectorEndpoint>(path, ofCluster(cluster));
      const web = endpoints.filter(({ spec }) => spec?.scheme === 'http' || spec?.scheme === 'https');
      return web.map(({ spec }) => spec?.service ?? '');
    }
  }
}

const namesIn = async (client: ApiClient, path: string): Promise<readonly string[]> =>
  (await client.list<KubeObject>(path)).map(({ metadata }) => metadata.name ?? '');
