import fc from 'fast-check';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { beforeAll, describe, expect, it } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { externalDataFiles } from '../../../src/scoring/graph/externalData';
import { FIXTURES, rejection, temporaryFolder } from '../helpers';
import { writeZeros } from './large';

let folder: string;
let model: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  model = join(folder, 'model.onnx');
});

/** A message with one length-delimited field. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  new protobuf.Writer()
    .uint32((number << 3) | 2)
    .bytes(content)
    .finish();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const both = (a: Uint8Array, b: Uint8Array): Uint8Array => Buffer.concat([a, b]);
/** TensorProto with external_data {key: location}. */
const tensor = (location: string): Uint8Array =>
  field(13, both(field(1, text('location')), field(2, text(location))));
/** ModelProto with a graph in which the tensor is an initializer. */
const withInitializer = (location: string): Uint8Array => field(7, field(5, tensor(location)));

describe('external data', () => {
  it('there are none in a model of one file', async () => {
    expect(await externalDataFiles(join(FIXTURES, 'plain', 'model.onnx'))).toEqual([]);
  });

  it('are found where exporters name them', async () => {
    expect(await externalDataFiles(join(FIXTURES, 'external', 'model.onnx'))).toEqual([
      join(FIXTURES, 'external', 'model.onnx_data'),
    ]);
  });

  it('are found in the branches of an If, too', async () => {
    await writeFile(join(folder, 'branch.data'), '');
    const branch = field(5, tensor('branch.data'));
    // Model, graph, node, attribute, graph, initializer.
    await writeFile(model, field(7, field(1, field(5, field(6, branch)))));
    expect(await externalDataFiles(model)).toEqual([join(folder, 'branch.data')]);
  });

  it.each(['/dev/zero', '../secret', 'a/../../b', 'C:\\secret', '..\\secret'])(
    '%s is refused without being opened',
    async (location) => {
      await writeFile(model, withInitializer(location));
      expect(await rejection(externalDataFiles(model))).toMatchObject({
        code: 'model-data-missing',
        file: model,
      });
    },
  );

  it('must be files', async () => {
    await mkdir(join(folder, 'weights'), { recursive: true });
    await writeFile(model, withInitializer('weights'));
    expect(await rejection(externalDataFiles(model))).toMatchObject({ code: 'model-data-missing' });
    expect(await rejection(externalDataFiles(folder))).toMatchObject({ code: 'model-unreadable' });
  });

  it('are not looked for in a file of zeros, of whatever size, which is named', async () => {
    await writeZeros(model, 60 << 20);
    expect(await rejection(externalDataFiles(model))).toMatchObject({
      code: 'model-unreadable',
      message: 'The model cannot be read as ONNX: there is no field at byte 0.',
      file: model,
    });
  });

  it('are named by a path that a system takes, in graphs that are in each other no deeper than protobuf reads', async () => {
    const long = 'x'.repeat(5000);
    await writeFile(model, withInitializer(long));
    expect(await rejection(externalDataFiles(model))).toMatchObject({
      code: 'model-unreadable',
      file: model,
    });
    let nested = tensor('branch.data');
    for (let depth = 0; depth < 40; depth++) nested = field(1, field(5, field(6, nested)));
    await writeFile(model, field(7, nested));
    expect(await rejection(externalDataFiles(model))).toMatchObject({
      code: 'model-unreadable',
      file: model,
    });
  });

  it('are looked for in any bytes without a hang or another error', async () => {
    const whole = await readFile(join(FIXTURES, 'external', 'model.onnx'));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 50 }),
        async (length, changes, more) => {
          const bytes = Buffer.from(whole);
          for (const [place, byte] of changes) bytes[place] = byte;
          await writeFile(model, Buffer.concat([bytes.subarray(0, length), more]));
          const outcome = await externalDataFiles(model).catch((error: unknown) => error);
          expect(Array.isArray(outcome) || outcome instanceof FailureError).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
