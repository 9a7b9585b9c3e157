import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createPodExec } from '../../../src/clients/kubernetes/exec.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { noTracer } from '../../../src/runtime/tracing.ts';
import { createAuthority } from '../../support/certificates.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { exited, kubeConfig, success, v4 } from './exec-server.ts';
import { allClosed, closedAfterEach, failure, pod, setUp, target } from './exec-setup.ts';

closedAfterEach();

describe('a command in a container', () => {
  it('is sent argument by argument, and gives both outputs and success', async () => {
    const setup = await setUp({
      run(command) {
        command.stdout('some ');
        command.stderr('warning');
        command.stdout('output\n');
        command.end(success);
      },
    });
    const result = await setup.exec.exec(target, ['/bin/bash', '-c', 'echo "a&b" + ü\n', 'kd-step']);
    expect(result).toEqual({ exitCode: 0, stdout: 'some output\n', stderr: 'warning' });
    const [command] = setup.commands;
    expect(command?.path).toBe('/api/v1/namespaces/ns/pods/web-0/exec');
    expect(command?.query.getAll('command')).toEqual(['/bin/bash', '-c', 'echo "a&b" + ü\n', 'kd-step']);
    expect(command?.query.get('container')).toBe('app');
    expect(command?.query.has('stdin')).toBe(false);
    expect(command?.query.has('tty')).toBe(false);
    await allClosed(setup);
  });

  it('tells kube-apiserver what is traced', async () => {
    const tracer = { ...noTracer, headers: () => ({ traceparent: 'this' }) };
    const { exec, commands } = await setUp({ tracer, run: (command) => command.end(success) });
    await exec.exec(target, ['true']);
    expect(commands[0]?.headers.traceparent).toBe('this');
  });

  it.each([1, 7, 126, 255])('gives exit code %i as it is', async (code) => {
    const { exec } = await setUp({ run: (command) => command.end(exited(code)) });
    expect(await exec.exec(target, ['false'])).toEqual({ exitCode: code, stdout: '', stderr: '' });
  });

  it('gets its complete input, and the end of it', async () => {
    const input = Buffer.alloc(300_000, 'abcdefghijk');
    const { exec, commands } = await setUp({
      run: (command) =>
        void command.stdin.then((got) => {
          command.stdout(String(got.equals(input)));
          command.end(success);
        }),
    });
    expect(await exec.exec(target, ['cat'], { stdin: input })).toMatchObject({ exitCode: 0, stdout: 'true' });
    expect(commands[0]?.query.get('stdin')).toBe('true');
  });

  it('gets input that is empty: the end of it alone', async () => {
    const { exec } = await setUp({
      run: (command) =>
        void command.stdin.then((got) => {
          command.stdout(String(got.length));
          command.end(success);
        }),
    });
    expect(await exec.exec(target, ['cat'], { stdin: '' })).toMatchObject({ stdout: '0' });
  });

  it('may end without reading its input', async () => {
    const { exec } = await setUp({ run: (command) => command.end(exited(3)) });
    expect(await exec.exec(target, ['false'], { stdin: Buffer.alloc(5_000_000) })).toMatchObject({ exitCode: 3 });
  });

  it('runs over v4.channel.k8s.io where it has no input, and not at all where it has', async () => {
    const { exec, commands } = await setUp({ protocols: [v4], run: (command) => command.end(exited(4)) });
    expect(await exec.exec(target, ['true'])).toMatchObject({ exitCode: 4 });
    const error = await failure(exec.exec(target, ['cat'], { stdin: 'x' }));
    expect(error.name).toBe('ExecUnavailableError');
    expect((error.cause as Error).message).toContain('commands with input need v5.channel.k8s.io');
    expect(commands).toHaveLength(1);
  });

  it('keeps the end of each output, in whole characters', async () => {
    const { exec } = await setUp({
      run(command) {
        for (let i = 0; i < 100; i++) command.stdout('x'.repeat(10_000));
        command.stdout('ü'.repeat(500) + 'the end');
        command.stderr('short');
        command.end(success);
      },
    });
    const { stdout, stderr } = await exec.exec(target, ['yes'], { maxOutputBytes: 100 });
    expect(stdout).toBe('ü'.repeat(46) + 'the end');
    expect(stderr).toBe('short');
  });

  it('keeps 64 KiB of output if the caller gives no limit', async () => {
    const { exec } = await setUp({
      run(command) {
        command.stdout('x'.repeat(70_000));
        command.end(success);
      },
    });
    expect((await exec.exec(target, ['yes'])).stdout).toHaveLength(65_536);
  });

  it('has ended even if the server does not close the connection', async () => {
    const setup = await setUp({ run: (command) => command.socket.send(`\u0003${JSON.stringify(exited(5))}`) });
    expect(await setup.exec.exec(target, ['x'])).toMatchObject({ exitCode: 5 });
    await allClosed(setup);
  });

  it('goes over TLS with the credentials of the kubeconfig', async () => {
    const authority = await createAuthority();
    const serving = await authority.issue('CN=server', { usage: 'serverAuth' });
    const client = await authority.issue('CN=me');
    const tls = { ...serving, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const setup = await setUp({ tls, run: (command) => command.end(success) });
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const user = { token: 'secret', certData: base64(client.cert), keyData: base64(client.key) };
    const deps = { transport: unused, pods: () => setup.view, clock: systemClock, metrics: setup.metrics };
    const trusting = setup.server.config(user, { caData: base64(authority.cert) });
    const exec = createPodExec({ ...deps, config: trusting });
    for (let i = 0; i < 3; i++) expect(await exec.exec(target, ['true'])).toMatchObject({ exitCode: 0 });
    expect(setup.commands.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer secret'));

    const stranger = base64((await createAuthority()).cert);
    const suspicious = createPodExec({ ...deps, config: setup.server.config(user, { caData: stranger }) });
    expect((await failure(suspicious.exec(target, ['true']))).name).toBe('ExecUnavailableError');
    expect(setup.commands).toHaveLength(3);
  });
});

const unused = {
  request: () => Promise.reject(new Error('not to be had')),
  stream: () => {
    throw new Error('not to be had');
  },
  close: () => undefined,
};

describe('a command that cannot be run', () => {
  it('is unavailable with the message of the refusal, and leaves no connection behind', async () => {
    const forbidden = {
      kind: 'Status',
      status: 'Failure',
      reason: 'Forbidden',
      message: 'pods "web-0" is forbidden: no',
      code: 403,
    };
    const setup = await setUp({ refuse: () => ({ code: 403, body: JSON.stringify(forbidden) }) });
    const error = await failure(setup.exec.exec(target, ['true'], { stdin: 'x' }));
    expect(error.name).toBe('ExecUnavailableError');
    expect(error.cause).toMatchObject({ code: 403, reason: 'Forbidden', message: 'pods "web-0" is forbidden: no' });
    await allClosed(setup);
  });

  it.each([404, 500])('is unavailable with the text of a kubelet that answers %i', async (code) => {
    const setup = await setUp({ refuse: () => ({ code, body: 'container not found ("app")\n' }) });
    const error = await failure(setup.exec.exec(target, ['true']));
    expect(error.name).toBe('ExecUnavailableError');
    expect(error.cause).toMatchObject({
      code,
      message: `kube-apiserver answered ${code}: container not found ("app")`,
    });
    await allClosed(setup);
  });

  it('is refused where the runtime cannot start it, in its words', async () => {
    const status = { status: 'Failure', reason: 'InternalError', message: 'no such file: /bin/bash', code: 500 };
    const { exec } = await setUp({ run: (command) => command.end(status) });
    const error = await failure(exec.exec(target, ['/bin/bash']));
    expect(error).toMatchObject({ name: 'ExecRefusedError', reason: 'no such file: /bin/bash' });
  });

  it('is unavailable where kube-apiserver is not there', async () => {
    const deps = { transport: unused, pods: () => pod('containerd://a'), clock: systemClock, metrics: createMetrics() };
    const exec = createPodExec({ ...deps, config: kubeConfig('http://127.0.0.1:1') });
    const error = await failure(exec.exec(target, ['true']));
    expect(error.name).toBe('ExecUnavailableError');
    expect((error.cause as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is unavailable where the connection is cut off', async () => {
    const setup = await setUp({
      run(command) {
        command.stdout('half of');
        command.socket.terminate();
      },
    });
    const error = await failure(setup.exec.exec(target, ['true']));
    expect(error.name).toBe('ExecUnavailableError');
    expect((error.cause as Error).message).toBe('the connection ended (1006) before the command did');
  });

  it('is unavailable if the connection is closed without a status', async () => {
    const { exec } = await setUp({ run: (command) => command.socket.close(1000) });
    expect((await failure(exec.exec(target, ['true']))).name).toBe('ExecUnavailableError');
  });

  it('is unavailable once the other side has been silent for a minute', async () => {
    const clock = createManualClock();
    const setup = await setUp({ clock, run: (command) => command.socket.pause() });
    const result = failure(setup.exec.exec(target, ['sleep']));
    await vi.waitFor(() => expect(setup.commands).toHaveLength(1));
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    await sleep(50);
    for (let i = 0; i < 6; i++) clock.advance(10_000);
    const error = await result;
    expect(error.name).toBe('ExecUnavailableError');
    expect((error.cause as Error).cause).toMatchObject({ message: 'nothing was heard for 60 s' });
  });

  it('may be silent for any time while the other side answers pings', async () => {
    const clock = createManualClock();
    const setup = await setUp({ clock });
    const result = setup.exec.exec(target, ['sleep']);
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    let pings = 0;
    setup.commands[0]?.socket.on('ping', () => pings++);
    for (let i = 1; i <= 20; i++) {
      clock.advance(10_000);
      await vi.waitFor(() => expect(pings).toBe(i));
      await sleep(5);
    }
    setup.commands[0]?.end(success);
    expect(await result).toMatchObject({ exitCode: 0 });
  });
});

describe('the limits of a command', () => {
  it('end it with a timeout, and its connection with it', async () => {
    const setup = await setUp();
    const error = await failure(setup.exec.exec(target, ['sleep'], { timeoutMs: 50 }));
    expect(error.name).toBe('ExecTimeoutError');
    expect(error.message).toBe('no answer from pod ns/web-0 within 0.05 s');
    await allClosed(setup);
  });

  it('end it when the caller gives up, and its connection with it', async () => {
    const setup = await setUp();
    const abort = new AbortController();
    const result = failure(setup.exec.exec(target, ['sleep'], { signal: abort.signal }));
    await vi.waitFor(() => expect(setup.commands).toHaveLength(1));
    abort.abort(new Error('enough'));
    const error = await result;
    expect(error.name).toBe('ExecUnavailableError');
    expect(error.cause).toMatchObject({ message: 'enough' });
    await allClosed(setup);
  });

  it('end it before the connection stands', async () => {
    const setup = await setUp({ refuse: () => ({ code: 200, body: '' }) });
    const error = await failure(setup.exec.exec(target, ['sleep'], { signal: AbortSignal.abort() }));
    expect(error.name).toBe('ExecUnavailableError');
    expect(setup.commands).toHaveLength(0);
  });

  it('let a limited number run at a time, the others in their order', async () => {
    const setup = await setUp({ parallelism: 2 });
    const results = ['1', '2', '3', '4'].map((word) => setup.exec.exec(target, [word]));
    const abort = new AbortController();
    const impatient = failure(setup.exec.exec(target, ['5'], { signal: abort.signal }));
    await vi.waitFor(() => expect(setup.commands).toHaveLength(2));
    await sleep(50);
    expect(setup.commands).toHaveLength(2);
    expect(await setup.metrics.text()).toMatch(/kubedirector_exec_inflight 2\n[^]*kubedirector_exec_waiting 3/);
    abort.abort();
    expect((await impatient).name).toBe('ExecUnavailableError');
    for (let i = 0; i < 4; i++) {
      await vi.waitFor(() => expect(setup.commands.length).toBeGreaterThan(i));
      setup.commands[i]?.end(success);
      await vi.waitFor(() => expect(setup.commands).toHaveLength(Math.min(4, i + 3)));
    }
    await Promise.all(results);
    const order = setup.commands.map(({ query }) => query.get('command') ?? '');
    expect(new Set(order.slice(0, 2))).toEqual(new Set(['1', '2']));
    expect(order.slice(2)).toEqual(['3', '4']);
    expect(await setup.metrics.text()).toContain('kubedirector_exec_duration_seconds_count{outcome="completed"} 4');
  });

  it('give the place of a failed command to the next', async () => {
    const setup = await setUp({ parallelism: 1, refuse: () => ({ code: 500, body: '' }) });
    for (let i = 0; i < 3; i++) await failure(setup.exec.exec(target, ['x']));
    const text = await setup.metrics.text();
    expect(text).toContain('kubedirector_exec_duration_seconds_count{outcome="unavailable"} 3');
    expect(text).toContain('kubedirector_exec_inflight 0');
  });
});
