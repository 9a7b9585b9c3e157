/** Turns parsed expressions into programs, and runs them at a bounded cost. Source: cel-go/interpreter */
import { fieldOf, isPresent, isThere, itemsOf, optionally, throughOptional } from './access.ts';
import { accumulator, type Fold, type Node } from './ast.ts';
import { CelError, CelSyntaxError, noOverload } from './errors.ts';
import type { FunctionTable } from './functions.ts';
import { internals } from './internals.ts';
import type { Meter } from './meter.ts';
import { parse, nameOf } from './parser.ts';
import { dispatch, literalList, local, logic, tolerant, type Frame, type Local, type Step } from './steps.ts';
import { CelMap, Optional, Type } from './values.ts';

/** What an expression may name. */
export interface Environment {
  readonly variables: ReadonlySet<string>;
  readonly functions: FunctionTable;
  /**
   * Makes an object with a type ("Object.spec").
   * @returns undefined where there is no such type. @throws CelError for fields that it cannot have
   */
  readonly struct?: (type: string) => ((fields: ReadonlyMap<string, unknown>) => unknown) | undefined;
}

/** A compiled expression. @throws CelError, CelInterrupt */
export type Evaluate = (values: Readonly<Record<string, unknown>>, meter: Meter) => unknown;

const types = new Set(
  'bool bytes double int list map null_type string type uint google.protobuf.Duration google.protobuf.Timestamp optional_type'.split(
    ' ',
  ),
);
const costs = { list: 10, map: 30, struct: 40 };

/** @throws CelSyntaxError where it is no expression, or names what there is not */
export function compile(expression: string, environment: Environment): Evaluate {
  const step = new Compiler(expression, environment).step(parse(expression), new Set());
  return (values, meter) => step({ values, meter, locals: undefined });
}

class Compiler {
  readonly #expression: string;
  readonly #environment: Environment;

  constructor(expression: string, environment: Environment) {
    this.#expression = expression;
    this.#environment = environment;
  }

  /** @param scope names of the loops' variables */
  step(node: Node, scope: ReadonlySet<string>): Step {
    switch (node.kind) {
      case 'literal':
        return () => node.value;
      case 'ident':
        return this.#ident(node, scope);
      case 'select':
        return this.#select(node, scope);
      case 'index':
        return this.#index(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'logic':
        return logic(node.isOr, this.step(node.left, scope), this.step(node.right, scope));
      case 'conditional':
        return this.#conditional(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'struct':
        return this.#struct(node, scope);
      case 'bind':
        return this.#bind(node, scope);
      case 'fold':
        return this.#fold(node, scope);
    }
  }

  #undeclared(at: number, name: string): CelSyntaxError {
    return new CelSyntaxError(this.#expression, at, `undeclared reference to '${name}' (in container '')`);
  }

  #ident({ name, at }: Extract<Node, { kind: 'ident' }>, scope: ReadonlySet<string>): Step {
    if (scope.has(name)) return local(name);
    if (this.#environment.variables.has(name)) {
      return ({ values, meter }) => {
        meter.charge(1);
        const value = values[name];
        if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
        return value;
      };
    }
    if (!types.has(name)) throw this.#undeclared(at, name);
    const type = new Type(name);
    return () => type;
  }

  #select(node: Extract<Node, { kind: 'select' }>, scope: ReadonlySet<string>): Step {
    const type = nameOf(node);
    if (type !== undefined && types.has(type)) {
      const value = new Type(type);
      return () => value;
    }
    const { field, mode } = node;
    const operand = this.step(node.operand, scope);
    if (mode === 'test') return (frame) => isPresent(operand(frame), field);
    return (frame) => {
      const value = operand(frame);
      frame.meter.charge(1);
      if (mode === 'optional') return optionally(value, field);
      return value instanceof Optional ? throughOptional(value, field) : fieldOf(value, field);
    };
  }

  #index(node: Extract<Node, { kind: 'index' }>, scope: ReadonlySet<string>): Step {
    const [operand, index] = [this.step(node.operand, scope), this.step(node.index, scope)];
    return (frame) => {
      const [value, key] = [operand(frame), index(frame)];
      frame.meter.charge(1);
      if (node.optional) return optionally(value, key);
      return value instanceof Optional ? throughOptional(value, key) : fieldOf(value, key);
    };
  }

  #call({ name, target, args, at }: Extract<Node, { kind: 'call' }>, scope: ReadonlySet<string>): Step {
    const { functions } = this.#environment;
    const internal = internals[name];
    if (internal !== undefined) {
      const parts = args.map((arg) => this.step(arg, scope));
      return (frame) => {
        frame.meter.charge(11);
        return internal(...parts.map((part) => part(frame)));
      };
    }
    const qualifier = target === undefined ? undefined : nameOf(target);
    const isMember = target !== undefined && !this.#isNamespace(qualifier, name, scope);
    const called = isMember ? `.${name}` : qualifier === undefined ? name : `${qualifier}.${name}`;
    const overloads = functions.find(called);
    if (overloads === undefined) throw this.#undeclared(at, isMember ? name : called);
    const all = isMember ? [target, ...args] : args;
    const steps = all.map((arg) => this.step(arg, scope));
    const fit = overloads.filter(({ kinds }) => kinds.length === steps.length);
    if (fit.length === 0) throw new CelSyntaxError(this.#expression, at, `found no matching overload for '${name}'`);
    return (frame) =>
      dispatch(
        fit,
        steps.map((arg) => arg(frame)),
        frame.meter,
      );
  }

  /** Whether the receiver is no value but the first part of a function's name. */
  #isNamespace(qualifier: string | undefined, name: string, scope: ReadonlySet<string>): boolean {
    if (qualifier === undefined) return false;
    const [root = ''] = qualifier.split('.');
    if (scope.has(root) || this.#environment.variables.has(root)) return false;
    return this.#environment.functions.find(`${qualifier}.${name}`) !== undefined;
  }

  #conditional(node: Extract<Node, { kind: 'conditional' }>, scope: ReadonlySet<string>): Step {
    const condition = this.step(node.condition, scope);
    const branch = (one: Node): Step =>
      one.kind === 'ident' && scope.has(one.name) ? local(one.name, 0) : this.step(one, scope);
    const [yes, no] = [branch(node.yes), branch(node.no)];
    return (frame) => {
      const value = condition(frame);
      if (typeof value !== 'boolean') throw noOverload();
      return value ? yes(frame) : no(frame);
    };
  }

  #list({ items }: Extract<Node, { kind: 'list' }>, scope: ReadonlySet<string>): Step {
    const literal = literalList(items);
    if (literal !== undefined) return () => [...literal];
    const steps = items.map(({ node, optional }) => ({ optional, step: this.step(node, scope) }));
    return (frame) => {
      const made: unknown[] = [];
      for (const { step, optional } of steps) {
        const value = step(frame);
        if (!optional) made.push(value);
        else if (isThere(value)) made.push(value.get());
      }
      frame.meter.charge(costs.list);
      return made;
    };
  }

  #map({ entries }: Extract<Node, { kind: 'map' }>, scope: ReadonlySet<string>): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      ...{ optional, key: this.step(key, scope), value: this.step(value, scope) },
    }));
    return (frame) => {
      const made = new CelMap();
      for (const { key, value: step, optional } of steps) {
        const [name, value] = [key(frame), step(frame)];
        if (!optional) made.set(name, value);
        else if (isThere(value)) made.set(name, value.get());
      }
      frame.meter.charge(costs.map);
      return made;
    };
  }

  #struct({ type, fields, at }: Extract<Node, { kind: 'struct' }>, scope: ReadonlySet<string>): Step {
    const make = this.#environment.struct?.(type);
    if (make === undefined) throw this.#undeclared(at, type);
    const steps = fields.map(({ name, value, optional }) => ({ name, optional, step: this.step(value, scope) }));
    return (frame) => {
      const made = new Map<string, unknown>();
      for (const { name, step, optional } of steps) {
        const value = step(frame);
        if (!optional) made.set(name, value);
        else if (isThere(value)) made.set(name, value.get());
      }
      frame.meter.charge(costs.struct);
      return make(made);
    };
  }

  #bind({ name, value: bound, body }: Extract<Node, { kind: 'bind' }>, scope: ReadonlySet<string>): Step {
    const value = this.step(bound, scope);
    const inner = this.step(body, new Set([...scope, name]));
    return (frame) => inner({ ...frame, locals: { name, value: value(frame), next: frame.locals } });
  }

  #fold(node: Fold, scope: ReadonlySet<string>): Step {
    const { variables, whileResult } = node;
    const range = this.step(node.range, scope);
    const init = this.step(node.init, scope);
    const inResult = new Set([...scope, accumulator]);
    const step = this.step(node.step, new Set([...inResult, ...variables]));
    const result = this.step(node.result, inResult);
    const [first = '', second] = variables;
    return (frame) => {
      const items = itemsOf(range(frame), second !== undefined);
      const made: Local = { name: accumulator, value: init(frame), next: frame.locals };
      const one: Local = { name: first, value: undefined, next: made };
      const two: Local = second === undefined ? one : { name: second, value: undefined, next: one };
      const inside: Frame = { ...frame, locals: two };
      for (const [key, value] of items) {
        // The loop's condition is an expression, too.
        if (whileResult !== undefined) frame.meter.charge(whileResult ? 2 : 3);
        if (whileResult !== undefined && made.value === !whileResult) break;
        one.value = key;
        two.value = second === undefined ? key : value;
        made.value = whileResult === undefined ? step(inside) : tolerant(step, inside);
      }
      if (made.value instanceof CelError) throw made.value;
      return result({ ...frame, locals: made });
    };
  }
}
