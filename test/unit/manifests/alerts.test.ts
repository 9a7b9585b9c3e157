/** The alerts of the Helm chart name metrics and labels that exist, and each of them has a runbook. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { readText, root } from './manifest-files.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const { groups } = parse(readText('manifests/chart/files/alerts.yaml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.gen.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'));
const runbooks = readText('docs/alerts.md');
const selectors = ({ expr }: Rule) =>
  [...expr.matchAll(/([a-z_]+)\{([^}]*)\}/g)].map(([, metric = '', labels = '']) => ({
    metric,
    labels: [...labels.matchAll(/([a-z_]+)(?:=|!=|=~)"/g)].map(([, label = '']) => label),
  }));
/** What Prometheus adds to all metrics. */
const ofPrometheus = { metric: 'up', labels: ['job'] };

describe.each(rules)('The alert $alert', (rule) => {
  it('reads metrics of the program only, with labels that they have', () => {
    const found = selectors(rule).filter(({ metric }) => metric !== ofPrometheus.metric);
    expect(selectors(rule).length).toBeGreaterThan(0);
    for (const { metric, labels } of found) {
      expect(labels).toContain('job');
      const makers = sources.filter((text) => text.includes(`'${metric}'`)).join('\n');
      expect(makers, metric).not.toBe('');
      const own = labels.filter((label) => !ofPrometheus.labels.includes(label));
      for (const label of own) expect(makers).toMatch(new RegExp(`'${label}'|\\b${label}: `));
    }
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
