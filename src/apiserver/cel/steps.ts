/** The steps of a compiled expression that need nothing of the compiler. Source: cel-go/interpreter */
import type { Node } from './ast.ts';
import { CelError, noOverload } from './errors.ts';
import type { Overload } from './functions.ts';
import type { Meter } from './meter.ts';

/** What an expression is evaluated in. */
export interface Frame {
  readonly values: Readonly<Record<string, unknown>>;
  readonly meter: Meter;
  readonly locals: Local | undefined;
}

/** A variable of a loop, with those around it. */
export interface Local {
  readonly name: string;
  value: unknown;
  readonly next: Local | undefined;
}

/** A part of a compiled expression. @throws CelError */
export type Step = (frame: Frame) => unknown;

/** The value of a loop's variable. @param cost of reading it */
export function local(name: string, cost = 1): Step {
  return ({ locals, meter }) => {
    meter.charge(cost);
    for (let one = locals; one !== undefined; one = one.next) {
      if (one.name !== name) continue;
      if (one.value instanceof CelError) throw one.value;
      return one.value;
    }
    throw new CelError(`no such attribute(s): ${name}`);
  };
}

/** Lists of literals cost nothing; undefined for other lists. */
export function literalList(items: Extract<Node, { kind: 'list' }>['items']): readonly unknown[] | undefined {
  const values: unknown[] = [];
  for (const { node, optional } of items) {
    if (node.kind !== 'literal' || optional) return undefined;
    values.push(node.value);
  }
  return values;
}

/** all and exists go on after an error: a later element may decide. */
export function tolerant(step: Step, frame: Frame): unknown {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** && and ||: an error on one side counts only if the other side does not decide. */
export function logic(isOr: boolean, left: Step, right: Step): Step {
  const valueOf = (step: Step, frame: Frame): boolean | CelError => {
    const value = tolerant(step, frame);
    if (typeof value === 'boolean' || value instanceof CelError) return value;
    return noOverload();
  };
  return (frame) => {
    const one = valueOf(left, frame);
    if (one === isOr) return one;
    const other = valueOf(right, frame);
    if (other === isOr) return other;
    if (one instanceof CelError) throw one;
    if (other instanceof CelError) throw other;
    return other;
  };
}

/** Calls the first overload that takes these arguments. @throws CelError where there is none */
export function dispatch(overloads: readonly Overload[], args: readonly unknown[], meter: Meter): unknown {
  const overload = overloads.find(({ kinds }) => kinds.every((kind, at) => kind.is(args[at])));
  if (overload === undefined) {
    meter.charge(1);
    throw noOverload();
  }
  try {
    const value = overload.call(args);
    meter.charge(overload.cost(args, value));
    return value;
  } catch (error) {
    if (error instanceof CelError) meter.charge(overload.cost(args, ''));
    throw error;
  }
}
