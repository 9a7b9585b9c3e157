/** Plays a scenario on one server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mergePatched } from '../apply/play.ts';
import type { Answer, Ask, Target } from '../target.ts';
import { createNames, type Names, type Words } from './names.ts';
import type { LiveRequest, LiveScenario } from './scenario.ts';
import { seen, type Seen } from './seen.ts';

/** Where a scenario is played. */
export interface Stage {
  /** The compared server. */
  readonly server: Pick<Target, 'ask'>;
  /** kube-apiserver itself. */
  readonly kubernetes: Pick<Target, 'ask'>;
  readonly words: Words;
  readonly isCustomResource: boolean;
}

/** How long a server may take to observe a change. */
const patience = 60_000;

/**
 * @returns the answers to compare, by the names of their steps
 * @throws Error if a step fails; the objects of the setup steps are then deleted
 */
export async function play(stage: Stage, scenario: LiveScenario): Promise<Map<string, Seen>> {
  const names = createNames(stage.words);
  try {
    return await playSteps(stage, scenario, names);
  } catch (cause) {
    for (const path of madeBySetup(scenario)) await stage.kubernetes.ask(names.real(path), { method: 'DELETE' });
    throw new Error(`"${scenario.name}" cannot be played in ${stage.words['NAMESPACE'] ?? ''}`, { cause });
  }
}

async function playSteps(
  stage: Stage,
  { steps, othersWrite = false }: LiveScenario,
  names: Names,
): Promise<Map<string, Seen>> {
  const bodies = new Map<string, unknown>();
  const found = new Map<string, Seen>();
  const running: (() => Promise<void>)[] = [];
  for (const [step, request] of Object.entries(steps)) {
    const options = { only: request.only, revisions: !othersWrite };
    const look = (answer: Answer): void => {
      names.begin(step);
      const view = seen(answer, names, options);
      if (request.unseen !== true && request.setup !== true) found.set(step, view);
    };
    if (request.meanwhile === true) {
      const answer = await begun(stage, request, names);
      running.push(async () => look(await answer.whole));
      continue;
    }
    const answer = await answered(stage, step, request, names, bodies);
    bodies.set(step, answer.body);
    look(answer);
  }
  for (const finish of running) await finish();
  return found;
}

function madeBySetup({ steps }: LiveScenario): string[] {
  return Object.values(steps).flatMap(({ setup, method, path, body }) => {
    if (setup !== true || method !== 'POST') return [];
    const { metadata } = body as { metadata: { name: string } };
    return [`${path}/${metadata.name}`];
  });
}

/** Sends a request. A broken connection counts as an answer, too. */
async function askServer(server: Stage['server'], path: string, ask: Ask): Promise<Answer> {
  try {
    return await server.ask(path, ask);
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string };
    return { status: 0, headers: {}, text: code, body: code };
  }
}

async function answered(
  stage: Stage,
  step: string,
  request: LiveRequest,
  names: Names,
  bodies: ReadonlyMap<string, unknown>,
): Promise<Answer> {
  const server = request.setup === true ? stage.kubernetes : stage.server;
  const send = (): Promise<Answer> => askServer(server, pathOf(request, names), askOf(stage, request, names, bodies));
  let answer = await send();
  const isDone = request.until ?? (request.setup === true ? ({ status }: Answer) => status < 300 : () => true);
  const end = Date.now() + patience;
  while (request.until !== undefined && !isDone(answer) && Date.now() < end) {
    for (const one of request.beforeAgain ?? []) {
      await stage.kubernetes.ask(pathOf(one, names), askOf(stage, one, names, bodies));
    }
    await sleep(request.beforeAgain === undefined ? 50 : 2000);
    answer = await send();
  }
  if (!isDone(answer)) throw new Error(`${step} was answered with ${answer.status}: ${answer.text.slice(0, 2000)}`);
  return answer;
}

/** Resolves when the answer begins. `whole` is in an object, so that `await` does not wait for its end. */
async function begun(stage: Stage, request: LiveRequest, names: Names): Promise<{ whole: Promise<Answer> }> {
  return new Promise((resolve, reject) => {
    const whole = stage.server.ask(pathOf(request, names), {
      ...askOf(stage, request, names, new Map()),
      onHead: () => resolve({ whole }),
    });
    whole.catch(reject);
  });
}

function pathOf({ path, query = {} }: LiveRequest, names: Names): string {
  const real = Object.entries(query).map(([key, value]): [string, string] => [key, names.real(value)]);
  const search = new URLSearchParams(real).toString();
  return names.real(path) + (search === '' ? '' : `?${search}`);
}

function askOf(stage: Stage, request: LiveRequest, names: Names, bodies: ReadonlyMap<string, unknown>): Ask {
  const { method, contentType, userAgent = 'conformance/1.0', headers = {} } = request;
  const body = bodyOf(stage, request, names, bodies);
  return {
    method,
    headers: {
      'user-agent': userAgent,
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  };
}

function bodyOf(
  { isCustomResource }: Stage,
  { body, edit, ofCustomResource }: LiveRequest,
  names: Names,
  bodies: ReadonlyMap<string, unknown>,
): string | undefined {
  if (edit !== undefined) {
    const patch: unknown = JSON.parse(names.real(JSON.stringify(edit.patch)));
    return JSON.stringify(mergePatched(bodies.get(edit.of), patch));
  }
  const sent = isCustomResource ? (ofCustomResource ?? body) : body;
  if (sent === undefined) return undefined;
  names.generated(generateNameOf(sent));
  return names.real(typeof sent === 'string' ? sent : JSON.stringify(sent));
}

function generateNameOf(sent: unknown): string {
  if (typeof sent !== 'object' || sent === null || !('metadata' in sent)) return '';
  const { metadata } = sent;
  if (typeof metadata !== 'object' || metadata === null || !('generateName' in metadata)) return '';
  return typeof metadata.generateName === 'string' ? metadata.generateName : '';
}
