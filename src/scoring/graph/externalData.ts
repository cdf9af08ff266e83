import { stat } from 'node:fs/promises';
import { dirname, join, posix, win32 } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { FailureError, toFailure } from '../../core/failure';
import { DELIMITED } from './proto';
import { OWN_FILE, readSkeleton } from './skeleton';

/**
 * The files beside a model that hold its weights, as its graph names them; none for a model in one file.
 * @param model absolute path of the .onnx file
 * @returns absolute paths, sorted, each once
 * @throws FailureError `model-missing`, `model-unreadable`, `model-data-missing`
 */
export async function externalDataFiles(model: string): Promise<string[]> {
  const found = new Set<string>();
  try {
    visit(new protobuf.Reader(readSkeleton(model)), 'model', found);
  } catch (error) {
    throw modelFailure(error, model);
  }
  found.delete(OWN_FILE);
  const files = [...found].sort().map((location) => externalFile(model, location));
  for (const file of files) {
    await regularFile(file).catch((error: unknown) => {
      throw dataFailure(
        model,
        file,
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : String(error),
      );
    });
  }
  return files;
}

/**
 * Path of a file that a model names.
 * @throws FailureError `model-data-missing` for one that is not beside the model or below
 */
export function externalFile(model: string, location: string): string {
  // ONNX forbids leaving the model's folder, and a hostile model would have any file of this machine read.
  const leaves =
    posix.isAbsolute(location) || win32.isAbsolute(location) || /(^|[\\/])\.\.([\\/]|$)/.test(location);
  if (leaves) throw dataFailure(model, location, 'leads out of its folder');
  return join(dirname(model), location);
}

type Message = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'entry';

/** Of onnx.proto: the fields through which a tensor can be reached, by number. */
const FIELDS: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 25: 'function' },
  function: { 7: 'node' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
  entry: {},
};

function visit(reader: protobuf.Reader, message: Message, found: Set<string>): void {
  if (message === 'entry') {
    readEntry(reader, found);
    return;
  }
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const child = (tag & 7) === DELIMITED ? FIELDS[message][tag >>> 3] : undefined;
    if (child === undefined) reader.skipType(tag & 7);
    else visit(new protobuf.Reader(reader.bytes()), child, found);
  }
}

/** StringStringEntryProto: `location` is the one that names the file. */
function readEntry(reader: protobuf.Reader, found: Set<string>): void {
  let key = '';
  let value = '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = reader.string();
    else reader.skipType(tag & 7);
  }
  if (key === 'location') found.add(value);
}

async function regularFile(path: string): Promise<void> {
  if (!(await stat(path)).isFile()) throw new Error('not a file');
}

function modelFailure(error: unknown, model: string): FailureError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (['EACCES', 'EPERM', 'EIO'].includes(code)) {
    return new FailureError(
      {
        code: 'model-unreadable',
        message: 'The model file cannot be opened.',
        file: model,
        place: code,
        remedy: 'Check that you may read it and that its disk is well.',
      },
      { cause: error },
    );
  }
  return new FailureError(
    ['ENOENT', 'ENOTDIR'].includes(code)
      ? {
          code: 'model-missing',
          message: 'There is no model here.',
          file: model,
          remedy: 'Check the `checkpoints:` path of the run.',
        }
      : {
          code: 'model-unreadable',
          message: `The model cannot be read as ONNX: ${toFailure(error).message}.`,
          file: model,
          remedy: 'Copy or export it again; the file may be cut short.',
        },
    { cause: error },
  );
}

function dataFailure(model: string, location: string, what: string): FailureError {
  return new FailureError({
    code: 'model-data-missing',
    message: `The file with the model's weights, ${location}, ${what}.`,
    file: model,
    remedy: 'Put it beside the model, whole and under its old name.',
  });
}
