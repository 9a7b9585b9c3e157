/** The alerts of the Helm chart name metrics and labels that exist, and each of them has a runbook. */
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { expectMetricsOf } from './expressions.ts';
import { readText } from './manifest-files.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const { groups } = parse(readText('manifests/chart/files/alerts.yaml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const runbooks = readText('docs/alerts.md');

describe.each(rules)('The alert $alert', (rule) => {
  it('reads metrics of the program only, with labels that they have', () => {
    expectMetricsOf(rule.expr);
  });

  it('has a summary, a severity, and a runbook with its meaning, impact and remedy', () => {
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).toMatch(/\.$/);
    const section = runbooks.split(/^## /m).find((text) => text.startsWith(`${rule.alert}\n`)) ?? '';
    for (const part of ['**Means**', '**Impact**', '**What to do**']) expect(section).toContain(part);
  });
});

it('No runbook is about an alert that does not exist', () => {
  const sections = [...runbooks.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(sections.sort()).toEqual(rules.map(({ alert }) => alert).sort());
});
