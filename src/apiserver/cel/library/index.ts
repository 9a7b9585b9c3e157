/** All functions that Kubernetes gives to expressions in 1.37. Source: k8s.io/apiserver/pkg/cel/environment/base.go */
import { FunctionTable } from '../functions.ts';
import { addresses } from './addresses.ts';
import { conversions } from './conversions.ts';
import { formats } from './formats.ts';
import { lists } from './lists.ts';
import { operators } from './operators.ts';
import { optionals } from './optionals.ts';
import { quantities } from './quantities.ts';
import { regularExpressions } from './regex.ts';
import { strings } from './strings.ts';
import { times } from './time.ts';
import { urls } from './urls.ts';
import { versions } from './versions.ts';

/** @param more functions of the caller */
export function standardFunctions(...more: readonly FunctionTable[]): FunctionTable {
  return new FunctionTable(
    ...[operators, conversions, times, strings, lists, optionals, regularExpressions()],
    ...[urls, addresses, quantities, versions, formats],
    ...more,
  );
}
