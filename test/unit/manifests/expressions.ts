/** Expressions of Prometheus, compared with the metrics that the program has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from './manifest-files.ts';

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.gen.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'));
/** What Prometheus adds to all metrics. */
const ofPrometheus = { metric: 'up', labels: ['job', 'instance'] };
/** Some of prom-client's own metrics, which have no labels. */
const ofProcess = ['process_resident_memory_bytes', 'process_cpu_seconds_total'];

interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

function selectors(expr: string): readonly Selector[] {
  return [...expr.matchAll(/([a-z0-9_]+)\{([^}]*)\}/g)].map(([, metric = '', labels = '']) => ({
    metric: metric.replace(/_bucket$/, ''),
    labels: [...labels.matchAll(/([a-z_]+)(?:=|!=|=~)"/g)].map(([, label = '']) => label),
  }));
}

/** Labels that the expression keeps, but for the bounds of histograms. */
const grouped = (expr: string): readonly string[] =>
  [...expr.matchAll(/\bby \(([^)]*)\)/g)]
    .flatMap(([, labels = '']) => labels.split(', '))
    .filter((label) => label !== 'le');

/** Fails unless each metric of the expression is one of the program's, of a named job, and has the labels it is read by. */
export function expectMetricsOf(expr: string): void {
  expect(selectors(expr).length).toBeGreaterThan(0);
  const found = selectors(expr).filter(({ metric }) => metric !== ofPrometheus.metric);
  const makersOf = (metric: string): string => sources.filter((text) => text.includes(`'${metric}'`)).join('\n');
  const expectLabel = (makers: string, label: string): void =>
    expect(makers).toMatch(new RegExp(`'${label}'|\\b${label}: `));
  for (const { metric, labels } of found) {
    expect(labels).toContain('job');
    const own = labels.filter((label) => !ofPrometheus.labels.includes(label));
    if (ofProcess.includes(metric)) {
      expect(own).toEqual([]);
      continue;
    }
    const makers = makersOf(metric);
    expect(makers, metric).not.toBe('');
    for (const label of own) expectLabel(makers, label);
  }
  const all = found.map(({ metric }) => makersOf(metric)).join('\n');
  for (const label of grouped(expr)) expectLabel(all, label);
}
