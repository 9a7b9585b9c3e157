/** An app that is as a test wants it. */
import { afterEach, beforeEach } from 'vitest';
import type { AppSpec } from '../../../src/apis/kubedirector/types.ts';
import { minimalApp } from './objects.ts';
import { Fixture } from './fixture.ts';

export let fixture: Fixture;

export type Change = (spec: AppSpec & Record<string, unknown>) => void;
export function changed(change: Change): object {
  const app = structuredClone(minimalApp);
  change(app.spec);
  return app;
}

/** Gives each test of the file that calls this a group of its own. */
export function eachWithApps(): void {
  beforeEach(async () => {
    fixture = await Fixture.started();
  });
  afterEach(() => fixture.stop());
}
