/**
 * The runtime's way to the server. Messages go down a pipe of their own; a mark on standard output says where among
 * the printed bytes each one belongs, so that prints, charts and native output stay in order. All writes are
 * synchronous: what a cell prints in an endless loop is on screen while it loops.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

import { frameOf, FrameReader, messageIn } from '../link/frames';
import type { FromRuntime, ToRuntime } from '../link/messages';

const TO_SERVER = 3;
const FROM_SERVER = 4;

/** Messages that take a place among the printed bytes; `seq` is added here. */
export type Ordered = FromRuntime extends infer M
  ? M extends { seq?: number }
    ? Omit<M, 'seq'>
    : never
  : never;

/** The runtime's end of the pipe to the server, with marks among the printed bytes that keep the order. */
export class Channel {
  private sequence = 0;
  /** False once a program has closed standard output: messages then take no place among printed bytes. */
  private hasMarks = true;
  private readonly pause = new Int32Array(new SharedArrayBuffer(4));

  /** @param nonce Random text that tells our marks from anything a program prints. */
  constructor(private readonly nonce: string) {}

  /** Sends without a place among printed bytes. */
  send(message: FromRuntime): void {
    this.write(TO_SERVER, frameOf(message));
  }

  /** Sends with a place: everything printed so far comes before it. */
  sendInOrder(message: Ordered): void {
    if (this.hasMarks) this.sequence += 1;
    this.send({ ...message, seq: this.hasMarks ? this.sequence : 0 });
    this.mark(1);
    if (message.type === 'done') this.mark(2);
  }

  /** Prints to standard output; false if that is closed. */
  print(bytes: Uint8Array): boolean {
    if (!this.hasMarks) return false;
    try {
      this.write(1, bytes);
    } catch {
      this.hasMarks = false;
    }
    return this.hasMarks;
  }

  /** Writes all, waiting where the reader is slower. */
  private write(descriptor: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(descriptor, bytes, at);
      } catch (error) {
        // A child process may have made the shared pipe non-blocking.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        Atomics.wait(this.pause, 0, 0, 1);
      }
    }
  }

  listen(handle: (message: ToRuntime) => void, closed: () => void): void {
    const socket = new Socket({ fd: FROM_SERVER, readable: true, writable: false });
    const reader = new FrameReader((body) => handle(messageIn(body) as ToRuntime));
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('close', closed);
  }

  private mark(descriptor: number): void {
    if (!this.hasMarks) return;
    try {
      this.write(descriptor, Buffer.from(`\0${this.nonce}:${this.sequence}\0`));
    } catch {
      this.hasMarks = false;
    }
  }
}
