import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { flagValues } from '../../../src/cli/flag-values.ts';

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

function parsed(...args: readonly string[]): Record<string, string> {
  const command = new Command('serve')
    .option('--port <number>', 'a port', Number, 8443)
    .option('--kubeconfig <file>', 'a file')
    .option('--tls-name <name>', 'a name', collect, [])
    .option('--reset', 'a switch', false)
    .option('--guest-tools <file>', 'a file', 'tools.tgz')
    .option('--no-guest-tools', 'none');
  command.parse([...args], { from: 'user' });
  return flagValues(command);
}

describe('the values of flags', () => {
  it('are the defaults where nothing is given, and empty where there is none', () => {
    expect(parsed()).toEqual({
      ...{ port: '8443', kubeconfig: '', 'tls-name': '[]', reset: 'false' },
      'guest-tools': 'tools.tgz',
    });
  });

  it('are what was given, lists in brackets, and false for a flag that was switched off', () => {
    expect(parsed('--port', '1', '--tls-name', 'a', '--tls-name', 'b', '--reset', '--no-guest-tools')).toEqual({
      ...{ port: '1', kubeconfig: '', 'tls-name': '[a,b]', reset: 'true' },
      'guest-tools': 'false',
    });
  });
});
