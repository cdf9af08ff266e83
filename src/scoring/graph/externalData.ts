import { stat } from 'node:fs/promises';
import { dirname, join, posix, win32 } from 'node:path';
import { FailureError, toFailure } from '../../core/failure';
import { DELIMITED } from './proto';
import { WireError, withWire, type Place, type Wire } from './wire';

/**
 * The files beside a model that hold its weights, as its graph names them; none for a model in one file.
 * @param model absolute path of the .onnx file
 * @returns absolute paths, sorted, each once
 * @throws FailureError `model-missing`, `model-unreadable`, `model-data-missing`
 */
export async function externalDataFiles(model: string): Promise<string[]> {
  let found: Set<string>;
  try {
    found = withWire(model, locationsIn);
  } catch (error) {
    throw modelFailure(error, model);
  }
  // An entry without a value names the model's own file.
  found.delete('');
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
/** Messages in each other; protobuf itself reads no more. */
const DEEPEST = 100;
/** Some exporters give each weight a file of its own. */
const MOST_FILES = 100_000;
/** Bytes of a path; no system takes longer ones. */
const LONGEST_PATH = 4096;

/** The locations that a model names. Of all else in it only the places of its fields are read. */
function locationsIn(wire: Wire): Set<string> {
  const found = new Set<string>();
  const visit = (start: number, end: number, message: Message, depth: number): void => {
    if (depth > DEEPEST) throw new WireError(`there are more than ${DEEPEST} messages in each other`);
    for (const field of wire.fields(start, end)) {
      const child = field.wire === DELIMITED ? FIELDS[message][field.number] : undefined;
      if (child === 'entry') addLocation(wire, field, found);
      else if (child !== undefined) visit(field.content, field.end, child, depth + 1);
    }
  };
  visit(0, wire.size, 'model', 0);
  return found;
}

/** Of a StringStringEntryProto: `location` is the one that names the file. */
function addLocation(wire: Wire, { content, end }: Place, found: Set<string>): void {
  let key = '';
  let value: Place | undefined;
  for (const field of wire.fields(content, end)) {
    if (field.wire !== DELIMITED) continue;
    if (field.number === 1) key = textOf(wire, field) ?? '';
    else if (field.number === 2) value = field;
  }
  if (key !== 'location') return;
  const location = value === undefined ? '' : textOf(wire, value);
  if (location === undefined) throw new WireError(`the name of a file is longer than ${LONGEST_PATH} bytes`);
  found.add(location);
  if (found.size > MOST_FILES) throw new WireError(`it names more than ${MOST_FILES} files`);
}

/** Undefined where it is too long to be meant. */
function textOf(wire: Wire, { content, end }: Place): string | undefined {
  return end - content > LONGEST_PATH ? undefined : new TextDecoder().decode(wire.bytes(content, end));
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
