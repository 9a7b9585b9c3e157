/** /healthz, /livez and /readyz like kube-apiserver's: one word for probes, a list with ?verbose. */
import { pathNotFound } from '../../meta/status.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { sendBody } from './send.ts';

/** One check of the server's health. */
export interface HealthCheck {
  /** "storage"; the last part of /readyz/storage. */
  readonly name: string;
  /** The endpoints that include it; /healthz includes what /livez does. */
  readonly endpoints: readonly ('livez' | 'readyz')[];
  /** @throws Error if unhealthy; its text goes only to the log, because health answers are public */
  check(): void | Promise<void>;
}

/** An expected failure: logged without a stack trace, and at level debug if nobody needs to act. */
export class ExpectedFailure extends Error {
  readonly level: 'debug' | 'warn';

  constructor(message: string, level: 'debug' | 'warn') {
    super(message);
    this.name = 'ExpectedFailure';
    this.level = level;
  }
}

interface Outcome {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'excluded';
}

/** @returns the handler of a path, or undefined for any other path */
export function createHealthHandlers(
  checks: readonly HealthCheck[],
  onFailure: (check: string, error: unknown) => void,
): (path: string) => Handler | undefined {
  return (path) => {
    const [, endpoint = '', name, ...more] = path.split('/');
    if (endpoint !== 'healthz' && endpoint !== 'livez' && endpoint !== 'readyz') return undefined;
    if (more.length > 0) return undefined;
    const asked = endpoint === 'readyz' ? 'readyz' : 'livez';
    const own = checks.filter((check) => check.endpoints.includes(asked));
    if (name === undefined) return (exchange) => answerAll(exchange, endpoint, own, onFailure);
    const one = own.find((check) => check.name === name);
    return one === undefined ? () => Promise.reject(pathNotFound()) : (exchange) => answerOne(exchange, one, onFailure);
  };
}

async function run(check: HealthCheck, onFailure: (check: string, error: unknown) => void): Promise<Outcome> {
  try {
    await check.check();
    return { name: check.name, state: 'ok' };
  } catch (error) {
    onFailure(check.name, error);
    return { name: check.name, state: 'failed' };
  }
}

async function answerAll(
  exchange: Exchange,
  endpoint: string,
  checks: readonly HealthCheck[],
  onFailure: (check: string, error: unknown) => void,
): Promise<void> {
  const excluded = new Set(exchange.info.query.getAll('exclude'));
  const outcomes = await Promise.all(
    checks.map(async (check): Promise<Outcome> =>
      excluded.delete(check.name) ? { name: check.name, state: 'excluded' } : run(check, onFailure),
    ),
  );
  const failed = outcomes.some((outcome) => outcome.state === 'failed');
  if (!failed && !exchange.info.query.has('verbose')) return sendText(exchange, 200, 'ok');
  const unknown = [...excluded]
    .sort()
    .map((name) => JSON.stringify(name))
    .join(',');
  const lines = [
    ...outcomes.map(line),
    ...(unknown === '' ? [] : [`warn: some health checks cannot be excluded: no matches for ${unknown}`]),
    `${endpoint} check ${failed ? 'failed' : 'passed'}`,
  ];
  return sendText(exchange, failed ? 500 : 200, `${lines.join('\n')}\n`);
}

async function answerOne(
  exchange: Exchange,
  check: HealthCheck,
  onFailure: (check: string, error: unknown) => void,
): Promise<void> {
  const { state } = await run(check, onFailure);
  if (state === 'ok') return sendText(exchange, 200, 'ok');
  return sendText(exchange, 500, `internal server error: ${check.name} failed: reason withheld\n`);
}

function line({ name, state }: Outcome): string {
  switch (state) {
    case 'ok':
      return `[+]${name} ok`;
    case 'excluded':
      return `[+]${name} excluded: ok`;
    case 'failed':
      return `[-]${name} failed: reason withheld`;
  }
}

/** Plain text, as probes and scrapers take it. */
export function sendText(
  exchange: Exchange,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): Promise<void> {
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  return sendBody(exchange, { status, contentType, body: Buffer.from(text), headers });
}
