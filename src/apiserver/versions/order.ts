/**
 * The order of versions as Kubernetes has it: stable ones before beta before alpha, then the newest first; names of another
 * form come last, by the alphabet. Source: k8s.io/apimachinery/pkg/version CompareKubeAwareVersionStrings
 */
const form = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const stages: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

/** Compares for a sort that puts what clients should prefer first. */
export function byPreference(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one === undefined && other === undefined) return a < b ? -1 : Number(a > b);
  if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
  return other.stage - one.stage || other.major - one.major || other.minor - one.minor;
}

function partsOf(version: string): { stage: number; major: number; minor: number } | undefined {
  const found = form.exec(version);
  if (found === null) return undefined;
  const [, major, stage = '', minor = '0'] = found;
  return { stage: stages[stage] ?? 3, major: Number(major), minor: Number(minor) };
}
