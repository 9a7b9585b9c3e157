/** Prometheus itself reads the rules and the expressions of the dashboard. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { built, missingTools } from '../clients/support/program.ts';
import { promql } from '../clients/support/sources.ts';
import { chart } from './support/helm.ts';

interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

const rules = readFileSync(join(chart, 'files/alerts.yaml'), 'utf8');

/** By the title of the panel, with values for what Grafana fills in. */
function dashboardExpressions(): Record<string, string> {
  const { panels } = JSON.parse(readFileSync(join(chart, 'files/dashboard.json'), 'utf8')) as {
    panels: readonly Panel[];
  };
  const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return Object.fromEntries(
    all.flatMap(({ title = '', targets = [] }) =>
      targets.map(({ expr }, index): [string, string] => [
        `${title} ${index}`,
        expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'kubedirector'),
      ]),
    ),
  );
}

const why = missingTools(promql);
describe.skipIf(why !== undefined)(`Prometheus${why === undefined ? '' : ` (${why})`}`, () => {
  let executable: string;
  beforeAll(async () => {
    executable = join(await built(promql), 'promql');
  });
  const problems = (given: { rules: string; expressions: Record<string, string> }): string[] =>
    JSON.parse(execFileSync(executable, { input: JSON.stringify(given), encoding: 'utf8' })) as string[];

  it('finds nothing wrong with the rules, their templates, and the expressions of the dashboard', () => {
    const expressions = dashboardExpressions();
    expect(Object.keys(expressions).length).toBeGreaterThan(20);
    expect(problems({ rules, expressions })).toEqual([]);
  });

  it('would find what is wrong with them', () => {
    const broken = rules.replace('rate(apiserver_request_total', 'rate(apiserver_request_total[5m]');
    const expressions = { one: 'rate(up)', other: 'up{job="$job}' };
    const found = problems({ rules: broken.replace('humanizePercentage', 'humaniseShare'), expressions });
    expect(found).toEqual([
      expect.stringMatching(/^one: .*expected type range vector/),
      expect.stringMatching(/^other: .*parse error/),
      expect.stringMatching(/^rules: .*could not parse expression/),
      expect.stringMatching(/^rules: .*"humaniseShare" not defined/),
    ]);
  });
});
