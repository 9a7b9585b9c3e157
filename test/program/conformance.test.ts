import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Observation } from '../conformance/observe.ts';
import { play, prepare } from '../conformance/play.ts';
import recorded from '../conformance/recorded.json' with { type: 'json' };
import { scenarios } from '../conformance/scenarios.ts';
import { targetOf, type Target } from '../conformance/target.ts';
import { startProgram, type RunningProgram } from './support/program.ts';

// The answers of kube-apiserver 1.37 for the same schema as a CRD were recorded by test/conformance/record.ts.
describe('answers as kube-apiserver does', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-conformance-'));
  let program: RunningProgram;
  let target: Target;

  beforeAll(async () => {
    program = await startProgram({ directory });
    target = targetOf(program.kubeconfig);
    await prepare(target);
  });
  afterAll(async () => {
    target.close();
    await program.stop();
    rmSync(directory, { recursive: true });
  });

  for (const scenario of scenarios) {
    it(`to: ${scenario.name}`, { timeout: 60_000 }, async () => {
      const expected = (recorded as Record<string, Observation[]>)[scenario.name] ?? [];
      const actual = await play(target, scenario);
      const wanted = scenario.steps.map(({ step, differs, ours }, index) => {
        const { status, seen } = expected[index] ?? { status: 0, seen: 'not recorded' };
        if (differs === undefined) return { step, status, seen };
        return ours === 'any' ? { step } : { step, status: ours ?? status };
      });
      expect(actual).toMatchObject(wanted);
    });
  }
});
