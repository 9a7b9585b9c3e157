/** The templates of the Helm chart that say the same as a manifest, but for the namespace: made from the manifests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Derived {
  readonly source: string;
  /** Condition of the template, in Helm's language; always if absent. */
  readonly when?: string;
  /** Once for each of these namespaces: a list of the values. */
  readonly each?: string;
}

const ownCertificate = 'eq .Values.certificate.source "own"';
const everywhere = 'not .Values.namespaces';
const derived: Readonly<Record<string, Derived>> = {
  'service-account': { source: 'manifests/base/service-account.yaml' },
  service: { source: 'apiservice/service.yaml' },
  'delegated-auth': { source: 'apiservice/delegated-auth.yaml' },
  'controller-role': { source: 'manifests/base/controller-role.yaml', when: everywhere },
  'own-certificate-role': { source: 'manifests/base/own-certificate-role.yaml', when: ownCertificate },
  'leader-election-role': { source: 'manifests/base/leader-election-role.yaml' },
  'user-roles': { source: 'manifests/base/user-roles.yaml', when: '.Values.userRoles.create' },
  'network-policy': { source: 'manifests/base/network-policy.yaml', when: '.Values.networkPolicy.enabled' },
  'cluster-reader-role': {
    source: 'manifests/overlays/namespaced/cluster-reader-role.yaml',
    when: '.Values.namespaces',
  },
  'system-events-role': { source: 'manifests/overlays/namespaced/system-events-role.yaml', when: '.Values.namespaces' },
  'namespaced-controller-role': {
    source: 'manifests/overlays/namespaced/in-namespace/controller-role.yaml',
    each: '.Values.namespaces',
  },
  certificates: {
    source: 'manifests/overlays/cert-manager/certificates.yaml',
    when: 'eq .Values.certificate.source "cert-manager"',
  },
  'disruption-budget': {
    source: 'manifests/overlays/etcd/disruption-budget.yaml',
    when: 'include "kubedirector.hasBudget" .',
  },
};

/** Path in the repository and content of each derived template. */
export function chartTemplates(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(derived).map(([name, each]) => [
      join('manifests/chart/templates/generated', `${name}.yaml`),
      template(each),
    ]),
  );
}

function template({ source, when, each }: Derived): string {
  const documents = readFileSync(source, 'utf8')
    .split(/^---\n/m)
    .map((text) => labelled(text, each !== undefined))
    .map((text) => text.replaceAll('namespace: kubedirector\n', 'namespace: {{ $.Release.Namespace | quote }}\n'))
    .map((text) => text.replaceAll('- kubedirector.kubedirector', '- kubedirector.{{ $.Release.Namespace }}'))
    .join('---\n');
  const begin = each === undefined ? when && `if ${when}` : `range ${each}`;
  const note = `{{- /* Made from ${source} by npm run generate. */ -}}\n`;
  if (begin === undefined) return `${note}${documents}`;
  return `${note}{{- ${begin} }}\n${each === undefined ? '' : '---\n'}${documents}{{- end }}\n`;
}

/** With the label that the kustomizations put on everything. */
function labelled(text: string, isOfEach: boolean): string {
  const label = '    app.kubernetes.io/part-of: kubedirector\n';
  const place = isOfEach ? '  namespace: {{ . | quote }}\n' : '';
  if (/^ {2}labels:\n/m.test(text)) return text.replace(/^ {2}labels:\n/m, (line) => `${line}${label}`);
  return text.replace(/^metadata:\n/m, (line) => `${line}${place}  labels:\n${label}`);
}
