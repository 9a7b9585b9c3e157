/** A command's standard input over a WebSocket that speaks v5.channel.k8s.io. */
import type { WebSocket } from 'ws';

const stdinChannel = 0;
const closeSignal = 255;
const chunkBytes = 32_768;

/**
 * Sends all of it, no faster than it is taken, then the end.
 * @throws Error where the connection ended before
 */
export async function sendInput(socket: WebSocket, input: Uint8Array): Promise<void> {
  for (let at = 0; at < input.length; at += chunkBytes) {
    await send(socket, Buffer.concat([Uint8Array.of(stdinChannel), input.subarray(at, at + chunkBytes)]));
  }
  await send(socket, Uint8Array.of(closeSignal, stdinChannel));
}

function send(socket: WebSocket, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, { binary: true }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
