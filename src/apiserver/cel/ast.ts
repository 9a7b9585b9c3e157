/** CEL expressions, parsed and with their macros expanded. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md */

/** A part of an expression. */
export type Node =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'ident'; readonly name: string; readonly at: number }
  /** `optional`: `a.?b`. `test`: has(a.b). */
  | {
      readonly kind: 'select';
      readonly operand: Node;
      readonly field: string;
      readonly mode: 'plain' | 'optional' | 'test';
    }
  | { readonly kind: 'index'; readonly operand: Node; readonly index: Node; readonly optional: boolean }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly target?: Node;
      readonly args: readonly Node[];
      readonly at: number;
    }
  | { readonly kind: 'logic'; readonly isOr: boolean; readonly left: Node; readonly right: Node }
  | { readonly kind: 'conditional'; readonly condition: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: 'list'; readonly items: readonly { readonly node: Node; readonly optional: boolean }[] }
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'struct'; readonly type: string; readonly fields: readonly Field[]; readonly at: number }
  | Fold
  /** `name` stands for `value` in `body`. */
  | { readonly kind: 'bind'; readonly name: string; readonly value: Node; readonly body: Node };

/** An entry of a map. */
export interface Entry {
  readonly key: Node;
  readonly value: Node;
  readonly optional: boolean;
}

/** A field of an object with a type. */
export interface Field {
  readonly name: string;
  readonly value: Node;
  readonly optional: boolean;
}

/** A loop over a list or the keys of a map; `accumulator` is the name of what it makes. */
export interface Fold {
  readonly kind: 'fold';
  readonly range: Node;
  /** One, or two: then the first is the index or key, and the second is the element or value. */
  readonly variables: readonly string[];
  readonly init: Node;
  /** Ends the loop once it is the other. Absent: it goes to the end. */
  readonly whileResult?: boolean;
  readonly step: Node;
  readonly result: Node;
}

/** The name of what a loop makes; no variable can be called so. */
export const accumulator = '@result';
