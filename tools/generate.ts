// Derives from openapi/ and manifests/ what the program needs in another form, and writes it beside the code that uses it.
// Also writes the pages of the documentation that are made from the schemas and the command line.
//
//   npm run generate     writes the files
//   npm run verify       writes nothing; fails where a file is not what it would be
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { argoSettings } from './generate/argo-cd.ts';
import { chartTemplates } from './generate/chart.ts';
import { kubedirectorDocument } from './generate/document.ts';
import { apiPage } from './generate/api-page.ts';
import { flagsPage } from './generate/flags-page.ts';
import { resourceSource } from './generate/resources.ts';
import { userRolesSource } from './generate/user-roles.ts';
import { commandsOf } from '../src/cli/program.ts';
import { kubedirectorTypes, kubernetesTypes } from './generate/types.ts';

const document = kubedirectorDocument('openapi/kubedirector', 'openapi/kubernetes/schemas.json');
const files: Readonly<Record<string, string>> = {
  'src/apis/kubernetes/schemas.gen.ts': kubernetesTypes('openapi/kubernetes/schemas.json'),
  'src/apis/kubedirector/types.gen.ts': kubedirectorTypes(document),
  'src/apis/kubedirector/schemas.gen.ts': resourceSource(document),
  'src/playground/rbac/user-roles.gen.ts': await userRolesSource('manifests/base/user-roles.yaml'),
  'docs/reference/api.md': apiPage(document),
  'docs/reference/flags.md': flagsPage(commandsOf(process, {})),
  ...chartTemplates(),
  ...argoSettings(),
};

const check = process.argv.includes('--check');
const stale = Object.entries(files).filter(
  ([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content,
);
for (const [path, content] of stale) {
  if (!check) writeFileSync(path, content);
  console.log(check ? `${path} is not what it is derived from says; run npm run generate` : `wrote ${path}`);
}
if (check && stale.length > 0) process.exitCode = 1;
