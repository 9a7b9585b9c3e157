import { describe, expect, it, vi } from 'vitest';
import { notFound, serviceUnavailable } from '../../../src/meta/status.ts';
import { createManualClock } from '../runtime/manual-clock.ts';
import { exited, success } from './exec-server.ts';
import { closedAfterEach, failure, pod, setUp, target } from './exec-setup.ts';

closedAfterEach();

describe('the container that a command is meant for', () => {
  it.each([
    ['runs under another ID', pod('containerd://b')],
    ['has ended', pod('containerd://a', { terminated: { exitCode: 0 } })],
    ['is in a pod that is gone', notFound({ group: '', resource: 'pods' }, 'web-0')],
  ])('gets none where it %s', async (_how, stored) => {
    const setup = await setUp();
    setup.view = undefined;
    setup.stored = stored;
    expect((await failure(setup.exec.exec(target, ['true']))).name).toBe('ContainerGoneError');
    expect(setup.commands).toHaveLength(0);
  });

  it('gets the command if only the view is late', async () => {
    const setup = await setUp({ run: (command) => command.end(success) });
    setup.view = pod('containerd://before');
    expect(await setup.exec.exec(target, ['true'])).toMatchObject({ exitCode: 0 });
  });

  it('gets the command if its node reports no ID, but the pod and the number of restarts', async () => {
    const setup = await setUp({ run: (command) => command.end(success) });
    setup.view = pod('');
    setup.stored = pod('');
    expect(await setup.exec.exec({ ...target, containerID: 'pod://u/0' }, ['true'])).toMatchObject({ exitCode: 0 });
    expect((await failure(setup.exec.exec({ ...target, containerID: 'pod://u/1' }, ['true']))).name).toBe(
      'ContainerGoneError',
    );
  });

  it('is not asked for at kube-apiserver where the view knows it', async () => {
    const setup = await setUp({ run: (command) => command.end(success) });
    await setup.exec.exec(target, ['true']);
    expect(setup.reads).toBe(0);
  });

  it('may be an init container', async () => {
    const setup = await setUp({ run: (command) => command.end(success) });
    const { containerStatuses } = setup.view?.status ?? {};
    setup.view = { ...pod('x'), status: { initContainerStatuses: containerStatuses ?? [] } };
    expect(await setup.exec.exec(target, ['true'])).toMatchObject({ exitCode: 0 });
  });

  it('is reported as unavailable if kube-apiserver cannot be asked about it', async () => {
    const setup = await setUp();
    setup.view = undefined;
    setup.stored = serviceUnavailable('no answer');
    expect((await failure(setup.exec.exec(target, ['true']))).name).toBe('ExecUnavailableError');
    expect(setup.commands).toHaveLength(0);
  });

  it('explains a command that was cut off, though the view does not show it yet', async () => {
    const setup = await setUp({ run: (command) => command.socket.terminate() });
    setup.stored = pod('containerd://b');
    const error = await failure(setup.exec.exec(target, ['true']));
    expect(error.name).toBe('ContainerGoneError');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('has ended where its status says so soon after a command was killed', async () => {
    const setup = await setUp({ run: (command) => command.end(exited(137)) });
    setTimeout(() => (setup.stored = pod('containerd://a', { terminated: { exitCode: 143 } })), 100);
    expect((await failure(setup.exec.exec(target, ['true']))).name).toBe('ContainerGoneError');
  });

  it('gives the exit code of a killed command if the container still runs', async () => {
    const clock = createManualClock();
    const setup = await setUp({ clock, run: (command) => command.end(exited(137)) });
    const result = setup.exec.exec(target, ['true']);
    for (let i = 1; i <= 10; i++) {
      await vi.waitFor(() => expect(setup.reads).toBe(i));
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      clock.advance(250);
    }
    expect(await result).toMatchObject({ exitCode: 137 });
  });

  it('gives no result once it has been replaced: it may be that of another container', async () => {
    const setup = await setUp({
      run(command) {
        setup.view = pod('containerd://b');
        setup.stored = pod('containerd://b');
        command.end(success);
      },
    });
    expect((await failure(setup.exec.exec(target, ['true']))).name).toBe('ContainerGoneError');
  });
});
