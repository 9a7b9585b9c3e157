/** Argo CD's settings for our kinds, made of the files of manifests/argo-cd, which have the layout of its own resource_customizations. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const folder = 'manifests/argo-cd';
const group = 'kubedirector.hpe.com';

/** Path in the repository and content of a patch of the ConfigMap argocd-cm. Source: Argo CD, "Resource Health" and "Resource Actions". */
export function argoSettings(): Readonly<Record<string, string>> {
  const data = Object.assign({}, ...readdirSync(join(folder, group)).sort().map(settingsOf)) as Record<string, string>;
  const metadata = {
    name: 'argocd-cm',
    namespace: 'argocd',
    labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' },
  };
  const note = `# Made from the files of ${folder}/${group} by npm run generate.\n`;
  return {
    [join(folder, 'argocd-cm.yaml')]: note + yaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }),
  };
}

function settingsOf(kind: string): Record<string, string> {
  const place = join(folder, group, kind);
  const health = { [`resource.customizations.health.${group}_${kind}`]: read(place, 'health.lua') };
  const actions = join(place, 'actions');
  if (!existsSync(actions)) return health;
  const names = readdirSync(actions).filter((name) => existsSync(join(actions, name, 'action.lua')));
  const text = yaml({
    'discovery.lua': read(actions, 'discovery.lua'),
    definitions: names.sort().map((name) => ({ name, 'action.lua': read(actions, name, 'action.lua') })),
  });
  return { ...health, [`resource.customizations.actions.${group}_${kind}`]: text };
}

const read = (...parts: readonly string[]): string => readFileSync(join(...parts), 'utf8');
const yaml = (value: unknown): string => stringify(value, { lineWidth: 0, blockQuote: 'literal' });
