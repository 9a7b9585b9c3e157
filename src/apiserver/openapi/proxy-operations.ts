/** Operations of proxies, in the form of kube-apiserver's for services/proxy. */
import type { ResourceDefinition } from '../resource.ts';
import type { Method } from './contract.ts';
import { operationIdOf, subresourceSuffix } from './names.ts';
import { operation, type Operations } from './operations.ts';

/** Of those that HTTP has, the methods with a verb in Kubernetes. HEAD is a get. */
const methods: readonly Method[] = ['delete', 'get', 'patch', 'post', 'put'];

/** One operation for each method. @param rest the end of the operation ids: "WithPath" or "" */
export function proxyOperations(
  definition: ResourceDefinition,
  scope: string,
  name: string,
  rest: '' | 'WithPath',
): Operations {
  const { kind } = definition;
  const suffix = `${subresourceSuffix(name)}${rest}`;
  return Object.fromEntries(
    methods.map((method) => {
      const infix = `${method.charAt(0).toUpperCase()}${method.slice(1)}${scope}`;
      const operationId = operationIdOf('connect', definition, infix, suffix);
      return [
        method,
        operation(definition, {
          action: 'connect',
          operationId,
          description: `connect ${method.toUpperCase()} requests to ${name} of ${kind}`,
          kind: definition,
          answer: { type: 'string' },
          answerTypes: ['*/*'],
        }),
      ];
    }),
  );
}
