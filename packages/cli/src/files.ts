import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { refuse } from './refuse.js';

/** Refuses a file that cannot be written, before a run of minutes and not after it. */
export function checkWritable(option: string, path: string): void {
  const folder = dirname(resolve(path));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    refuse('LS_OPTION', `${option} ${path}: there is no folder ${folder}`);
  }
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) refuse('LS_OPTION', `${option} ${path}: is a folder`);
  // A file that takes its place would put an end to /dev/null.
  if (there?.isFile() === false) refuse('LS_OPTION', `${option} ${path}: is no ordinary file`);
}

/** Writes a file whole or not at all: under another name first, which an interrupted run leaves behind at worst. */
export async function writeWhole(
  option: string,
  path: string,
  content: AsyncIterable<string> | Iterable<string | Uint8Array>,
): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  const drop = (): void => rmSync(unfinished, { force: true });
  process.once('exit', drop);
  try {
    await pipeline(Readable.from(content), createWriteStream(unfinished));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    // What the content itself could not be made of has its own message.
    if (syscall === undefined) throw error;
    refuse('LS_OPTION', `${option} ${path}: cannot be written (${code ?? message})`);
  } finally {
    process.off('exit', drop);
  }
}

/** The text of a file that an option names. */
export async function readText(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return refuse('LS_OPTION', `${option} ${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The bytes of a model, which are less than 2 GiB or none. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  const there = statSync(path, { throwIfNoEntry: false });
  // A folder has its own message. Devices such as /dev/zero have no end.
  if (there !== undefined && !there.isFile() && !there.isFIFO() && !there.isDirectory()) {
    refuse('LS_OPTION', `${path}: is neither a file nor a pipe`);
  }
  const size = there?.size ?? 0;
  if (size >= 2 ** 31) refuse('LS_MODEL', `${path}: expected less than 2 GiB, got ${size} bytes`);
  try {
    return await readFile(path);
  } catch (error) {
    return refuse('LS_OPTION', `${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Whether two paths lead to one file, by whatever links. */
export function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

/** The lines of a file, or of stdin for `-`. */
export async function* readLines(option: string, path: string): AsyncGenerator<string, void> {
  if (path !== '-' && !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    refuse('LS_OPTION', `${option} ${path}: there is no such file`);
  }
  // Opened only now that somebody reads: lines that come before are lost.
  yield* createInterface({ input: path === '-' ? process.stdin : createReadStream(path), crlfDelay: Infinity });
}
