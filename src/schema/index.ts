/** Kinds' schemas, ready to be asked. */
import { Ajv, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FieldError } from '../meta/field-error.ts';
import { isJsonObject, without } from '../meta/json.ts';
import { allAtOnce, type Steps } from '../runtime/steps.ts';
import type { OpenApiSchemas, ResourceSchema } from './contract.ts';
import { isLargerThan } from './depth.ts';
import { toFieldError } from './field-errors.ts';
import { toJsonSchemas } from './json-schema.ts';
import { addKubernetesKeywords } from './keywords.ts';
import { getOwn } from './own-keys.ts';
import { changedFindings } from './ratcheting.ts';
import { readable } from './readable.ts';
import { resolveKind, type ResolvedNode } from './resolve.ts';
import { applyDefaults, excerpt, prune, pruneAndDefault, unknownFields } from './walk.ts';

/** More findings than a reader can use; the rest is left out of the answer. */
const maxErrors = 1000;
/** Values in an object beyond which its faults are looked for in an excerpt first: each finding takes memory. */
const largeObject = 20_000;

/**
 * The schemas of kinds by their names. Nothing is compiled before the first `validate`: a large kind (Pod) costs some
 * 100 ms then, what it shares with kinds validated before it nothing more.
 * `prune` and `applyDefaults` share with the original what they do not change.
 * @returns the schema of a name; throws Error where there is none, or (on first use) where it refers to none
 */
export function createResourceSchemas(schemas: OpenApiSchemas): (name: string) => ResourceSchema {
  const all = createCompiler(schemas, true);
  const first = createCompiler(schemas, false);
  return (name) => {
    const root = resolveKind(schemas, name);
    const made = new Map<string, Validators>();
    const validators = (unchecked: readonly string[]): Validators => {
      const key = unchecked.join();
      const known = made.get(key);
      if (known !== undefined) return known;
      const one = {
        all: new Validator(() => all(name, unchecked)),
        first: new Validator(() => first(name, unchecked)),
      };
      made.set(key, one);
      return one;
    };
    const validate = function* (object: unknown, unchecked: readonly string[] = []): Steps<FieldError[]> {
      let found = yield* findings(root, validators(unchecked), object, unchecked);
      // Nulls that count as absent are rare: only where one was complained of is the object looked at without them.
      const hasNulls = found.errors.some((error) => error.data === null);
      if (hasNulls) found = yield* findings(root, validators(unchecked), prune(root, object), unchecked);
      return toFieldErrors(found);
    };
    const validateUpdate = function* (object: unknown, old: unknown): Steps<FieldError[]> {
      const errors = yield* validate(object, sameParts(root, object, old));
      if (errors.length === 0) return errors;
      const before = pruneAndDefault(root, old);
      return changedFindings(root, { errors, object }, { errors: () => allAtOnce(validate(before)), object: before });
    };
    const repaired = new WeakSet<object>();
    return {
      name,
      root,
      validateSteps: (object, old) => (old === undefined ? validate(object) : validateUpdate(object, old)),
      validate: (object) => allAtOnce(validate(object)),
      validateUpdate: (object, old) => allAtOnce(validateUpdate(object, old)),
      readable<T>(object: T): T {
        const read = readable(root, object) as T;
        if (read !== object && typeof read === 'object' && read !== null) repaired.add(read);
        return read;
      },
      readableMetadata<M>(metadata: M): M {
        const node = root.property('metadata');
        return node === undefined ? metadata : (readable(node, metadata) as M);
      },
      isRepaired: (object) => repaired.has(object),
      unknownFields: (object, before) => unknownFields(root, object, before),
      prune: <T>(object: T) => prune(root, object) as T,
      applyDefaults: <T>(object: T) => applyDefaults(root, object) as T,
      pruneAndDefault: <T>(object: T) => pruneAndDefault(root, object) as T,
    };
  };
}

/** One kind's schema alone. @throws Error as createResourceSchemas' */
export function createResourceSchema(name: string, schemas: OpenApiSchemas): ResourceSchema {
  return createResourceSchemas(schemas)(name);
}

/**
 * The fields of an object that are the very same in the old one, so that findings about them would be dropped. Not
 * metadata: findings about it always count.
 */
function sameParts(root: ResolvedNode, object: unknown, old: unknown): string[] {
  if (!isJsonObject(object) || !isJsonObject(old)) return [];
  const isSame = (field: string): boolean =>
    typeof object[field] === 'object' && object[field] !== null && getOwn(old, field) === object[field];
  return Object.keys(root.schema.properties ?? {}).filter((field) => field !== 'metadata' && isSame(field));
}

interface Validators {
  readonly all: Validator;
  /** Ends at the first finding. */
  readonly first: Validator;
}

function* findings(
  root: ResolvedNode,
  { all, first }: Validators,
  object: unknown,
  unchecked: readonly string[],
): Steps<Findings> {
  const checked = isJsonObject(object) && unchecked.length > 0 ? without(object, ...unchecked) : object;
  yield* all.compile();
  if (!isLargerThan(checked, largeObject)) return { subject: object, errors: all.errors(object) };
  yield;
  const subject = excerpt(root, object, { elements: largeObject });
  yield;
  const errors = all.errors(subject).filter((error) => !isTooShort(error));
  if (errors.length > 0) return { subject, errors };
  yield* first.compile();
  yield;
  return { subject: object, errors: first.errors(object) };
}

interface Findings {
  readonly subject: unknown;
  readonly errors: readonly ErrorObject[];
}

/** An excerpt's lists may only seem too short. */
const isTooShort = (error: ErrorObject): boolean => error.keyword === 'minItems';

/** Compiled when it is first needed. */
class Validator {
  readonly #make: () => Steps<ValidateFunction>;
  #compiled: ValidateFunction | undefined;

  constructor(make: () => Steps<ValidateFunction>) {
    this.#make = make;
  }

  *compile(): Steps<ValidateFunction> {
    return (this.#compiled ??= yield* this.#make());
  }

  errors(object: unknown): readonly ErrorObject[] {
    const compiled = this.#compiled ?? allAtOnce(this.compile());
    if (compiled(object)) return [];
    const { errors } = compiled;
    compiled.errors = null;
    return errors ?? [];
  }
}

/** @returns compiles the schema of a name; the fields that it is told of are not checked */
function createCompiler(
  schemas: OpenApiSchemas,
  allErrors: boolean,
): (name: string, unchecked: readonly string[]) => Steps<ValidateFunction> {
  const ajv = new Ajv({
    allErrors,
    verbose: true,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    ownProperties: true,
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
    logger: false,
  });
  addKubernetesKeywords(ajv);
  return function* (name, unchecked) {
    const { root, named } = toJsonSchemas(schemas, name, (uri) => ajv.schemas[uri] !== undefined, unchecked);
    for (const [uri, schema] of named) ajv.addSchema(schema, uri);
    // What a schema refers to is compiled with it, unless it was compiled before: so parts come before the whole.
    for (const uri of partsFirst(root, ajv)) {
      yield;
      ajv.getSchema(uri);
    }
    yield;
    return ajv.compile(root);
  };
}

/** The URIs of all that a schema refers to, each after those that it refers to itself, except where they refer to each other. */
function partsFirst(root: AnySchemaObject, ajv: Ajv): readonly string[] {
  const ordered: string[] = [];
  const begun = new Set<string>();
  const visit = (uri: string): void => {
    const known = ajv.schemas[uri];
    if (known === undefined || known.validate !== undefined || begun.has(uri)) return;
    begun.add(uri);
    referencesOf(known.schema).forEach(visit);
    ordered.push(uri);
  };
  referencesOf(root).forEach(visit);
  return ordered;
}

function referencesOf(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  const own = '$ref' in part && typeof part.$ref === 'string' ? [part.$ref] : [];
  return [...own, ...Object.values(part).flatMap(referencesOf)];
}

/** What is said of the null in "null or a reference" where the value is neither. */
const isNullOption = (error: ErrorObject): boolean =>
  error.keyword === 'type' && (error.params as { type: unknown }).type === 'null';

/**
 * Rules about a value of the wrong type cannot be judged, but for the list of values that it may have; of a text of the
 * wrong length nothing further is said. Source: k8s.io/kube-openapi/pkg/validation/validate (stringValidator, enum)
 */
function isTold({ keyword, instancePath, params }: ErrorObject, mistyped: Set<string>, lengths: Set<string>): boolean {
  if (keyword === 'pattern' && lengths.has(instancePath)) return false;
  return ['type', 'enum'].includes(keyword) || 'isNoObject' in params || !mistyped.has(instancePath);
}

/** A combination of schemas by its parts. */
function toFieldErrors({ subject, errors: all }: Findings): FieldError[] {
  const found = all.filter((error) => error.keyword !== 'anyOf' && !isNullOption(error));
  const mistyped = new Set(found.filter((error) => error.keyword === 'type').map((error) => error.instancePath));
  const ofLength = found.filter(({ keyword }) => keyword === 'maxLength' || keyword === 'minLength');
  const lengths = new Set(ofLength.map((error) => error.instancePath));
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const error of found) {
    if (errors.length === maxErrors) break;
    if (!isTold(error, mistyped, lengths)) continue;
    const fieldError = toFieldError(error, subject);
    const key = `${fieldError.field}: ${fieldError.message}`;
    if (!seen.has(key)) errors.push(fieldError);
    seen.add(key);
  }
  return errors;
}
