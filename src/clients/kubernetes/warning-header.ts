/** The header Warning of kube-apiserver's answers. Source: RFC 7234 section 5.5, k8s.io/apimachinery/pkg/util/net NewWarningHeader */

/** The texts of all warnings in the header; Node joins several headers by commas. */
export function warningTexts(header: string): string[] {
  const texts = header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...texts].map(([, quoted = '']) => Buffer.from(quoted.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8'));
}
