/** The dashboard of the Helm chart names metrics and labels that exist, and needs nothing but a data source. */
import { describe, expect, it } from 'vitest';
import { expectMetricsOf } from './expressions.ts';
import { readText } from './manifest-files.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: object;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: object }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const text = readText('manifests/chart/files/dashboard.json');
const { uid, panels, templating } = JSON.parse(text) as Dashboard;
const charts = panels.filter(({ type }) => type !== 'row');
const source = { type: 'prometheus', uid: '${datasource}' };

describe.each(charts)('The panel "$title"', ({ type, description, datasource, targets = [] }) => {
  it('reads metrics of the program only, with labels that they have, from the chosen data source', () => {
    expect(['timeseries', 'stat']).toContain(type);
    expect(description).toMatch(/\.$/);
    expect(targets).not.toEqual([]);
    for (const { expr } of targets) expectMetricsOf(expr);
    expect([datasource, ...targets.map((target) => target.datasource)]).toEqual([source, ...targets.map(() => source)]);
  });

  it('shows in its legend labels that the expression keeps', () => {
    for (const { expr, legendFormat } of targets) {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      // Without an aggregation a series keeps all labels.
      if (/\b(sum|max|histogram_quantile)\b/.test(expr)) {
        for (const label of shown) expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
      }
    }
  });
});

it('The dashboard asks for a data source and a job, and loads nothing from elsewhere', () => {
  expect(uid).toBe('kubedirector');
  expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['job', 'query'],
  ]);
  expect(text).not.toMatch(/https?:|__inputs|"(?:url|content|src)":/);
});

it('The panels of the dashboard have their own ids and places', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});
