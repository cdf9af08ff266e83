import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { tag } from './encode';
import { externalFile } from './externalData';
import { fieldsOf, type Graph, type Tensor } from './proto';
import { OWN_FILE } from './skeleton';

export interface Placed {
  readonly graph: Graph;
  /** Real path of the folder that the weights' files are in. */
  readonly folder: string;
}

/**
 * Makes a graph find its weights when ONNX Runtime is given it as bytes: it then takes one folder, and no links.
 * @param model absolute path of the .onnx file, which may be a link
 * @returns why that cannot be, in words
 * @throws FailureError `model-data-missing`; system errors as they are
 */
export function placeWeights(graph: Graph, model: string): Placed | string {
  const files = new Map<string, string>([[OWN_FILE, realpathSync(model)]]);
  const fileOf = (location: string): string => {
    const file = files.get(location) ?? realpathSync(externalFile(model, location));
    files.set(location, file);
    return file;
  };
  const folders = new Set<string>();
  const initializers = graph.initializers.map((tensor) =>
    withLocation(tensor, (location) => {
      const file = fileOf(location);
      folders.add(dirname(file));
      return basename(file);
    }),
  );
  if (folders.size > 1) return 'its weights lie in several folders';
  const [folder = dirname(files.get(OWN_FILE)!)] = folders;
  return { graph: { ...graph, initializers }, folder };
}

const EXTERNAL_DATA = 13;

function withLocation(tensor: Tensor, change: (location: string) => string): Tensor {
  const pieces = [...fieldsOf(tensor.bytes)].map(({ number, whole, reader }) => {
    if (number !== EXTERNAL_DATA) return whole;
    const texts = new Map<number, string>();
    for (const field of fieldsOf(reader.bytes())) texts.set(field.number, field.reader.string());
    if (texts.get(1) !== 'location') return whole;
    const entry = new protobuf.Writer().uint32(tag(1)).string('location');
    entry.uint32(tag(2)).string(change(texts.get(2) ?? OWN_FILE));
    return new protobuf.Writer().uint32(tag(EXTERNAL_DATA)).bytes(entry.finish()).finish();
  });
  return { ...tensor, bytes: Buffer.concat(pieces) };
}
