import fc from 'fast-check';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { beforeAll, describe, expect, it } from 'vitest';
import { DELIMITED, decodeModel, fieldsOf } from '../../../src/scoring/graph/proto';
import { readSkeleton } from '../../../src/scoring/graph/skeleton';
import { LIMITS, WireError, withWire, type Place, type Wire } from '../../../src/scoring/graph/wire';
import { temporaryFolder } from '../helpers';

let path: string;
beforeAll(async () => {
  path = join(await temporaryFolder(), 'model.onnx');
});

/** Every field, also of what may be a message in another, as far down as it is one. */
function everyField(wire: Wire, start = 0, end = wire.size): Place[] {
  return [...wire.fields(start, end)].flatMap((place) => [
    place,
    ...(place.wire === DELIMITED ? everyField(wire, place.content, place.end) : []),
  ]);
}

/** What is thrown; undefined where nothing is. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Bytes that are fields more often than chance has it. */
const someBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.constantFrom(1, 5, 7, 9, 11, 13), fc.uint8Array({ maxLength: 40 }))
        .map(([number, content]) => field(number, content)),
      fc.constantFrom(0, 1 << 12, 20 << 10).map((length) => field(7, field(5, zeros(length)))),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

function field(number: number, content: Uint8Array): Uint8Array {
  return new protobuf.Writer()
    .uint32((number << 3) | DELIMITED)
    .bytes(content)
    .finish();
}

/** A TensorProto with so many bytes of weights. */
function zeros(length: number): Uint8Array {
  return field(9, new Uint8Array(length));
}

describe('a message in a file', () => {
  it('has the fields that it has in memory, wherever windows end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 29 - 1 }), fc.nat(3000), fc.nat(3)), {
          minLength: 1,
          maxLength: 40,
        }),
        async (fields) => {
          const writer = new protobuf.Writer();
          for (const [number, size, kind] of fields) {
            if (kind === 0) writer.uint32((number << 3) >>> 0).uint64(size * 2 ** 40);
            else if (kind === 1) writer.uint32(((number << 3) | 1) >>> 0).fixed64(size);
            else if (kind === 2) writer.uint32(((number << 3) | 5) >>> 0).fixed32(size);
            else
              writer.uint32(((number << 3) | DELIMITED) >>> 0).bytes(new Uint8Array(size).fill(number % 256));
          }
          const bytes = writer.finish();
          await writeFile(path, bytes);
          const found = withWire(path, (wire) =>
            [...wire.fields(0, wire.size)].map((place) => ({
              number: place.number,
              wire: place.wire,
              whole: wire.bytes(place.start, place.end),
            })),
          );
          const expected = [...fieldsOf(bytes)].map(({ number, wire, whole }) => ({
            number,
            wire,
            whole: Uint8Array.from(whole),
          }));
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    ['of field number 0', [0, 0], 'no field at byte 0'],
    ['of an old group', [0x0b, 0x0c], 'of type 3'],
    ['that ends after it', [0x0a, 5, 1], 'ends at byte 7'],
    ['that ends within a number', [0x08, 0x80], 'cut short'],
    ['with a number that never ends', [0x08, ...Array.from({ length: 11 }, () => 0x80)], 'no number'],
    ['with a tag that never ends', Array.from({ length: 11 }, () => 0x80), 'no field'],
    ['with a tag of more than 32 bits', [0xff, 0xff, 0xff, 0xff, 0x1f, 0], 'no field'],
  ])('has none %s', async (_, bytes, words) => {
    await writeFile(path, Uint8Array.from(bytes));
    const error = errorOf(() => withWire(path, (wire) => everyField(wire)));
    expect(error).toBeInstanceOf(WireError);
    expect((error as WireError).message).toContain(words);
    expect(errorOf(() => readSkeleton(path))).toEqual(error);
  });

  it('of whatever bytes gives no more than the limits allow, and fails in one way only', async () => {
    const limits = { fields: 20, searched: 4 << 10, kept: 100 };
    await fc.assert(
      fc.asyncProperty(someBytes, async (bytes) => {
        await writeFile(path, bytes);
        const errors: unknown[] = [];
        let fields = 0;
        errors.push(
          errorOf(() => {
            withWire(
              path,
              (wire) => {
                const visit = (start: number, end: number): void => {
                  for (const place of wire.fields(start, end)) {
                    fields++;
                    if (place.wire === DELIMITED) visit(place.content, place.end);
                  }
                };
                visit(0, wire.size);
              },
              limits,
            );
          }),
        );
        expect(fields).toBeLessThanOrEqual(limits.fields);
        errors.push(errorOf(() => readSkeleton(path)));
        let skeleton = new Uint8Array(0);
        errors.push(errorOf(() => (skeleton = Uint8Array.from(readSkeleton(path, limits)))));
        // Besides what is kept there are heads of messages, and places of weights: for each 16 KiB of the file at most.
        expect(skeleton.length).toBeLessThanOrEqual(limits.kept + (bytes.length / (16 << 10)) * 100);
        for (const error of errors) {
          if (error !== undefined) expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('limits', () => {
  const refused = async (bytes: Uint8Array, limits: Partial<typeof LIMITS>): Promise<unknown> => {
    await writeFile(path, bytes);
    return errorOf(() => withWire(path, (wire) => everyField(wire), { ...LIMITS, ...limits }));
  };

  it('are of fields, and of bytes that are looked at', async () => {
    const nodes = Buffer.concat(Array.from({ length: 100 }, () => field(1, new Uint8Array(0))));
    expect(await refused(nodes, { fields: 100 })).toBeUndefined();
    expect(await refused(nodes, { fields: 99 })).toEqual(new WireError('it has more than 99 fields'));
    expect(await refused(nodes, { searched: 200 })).toBeUndefined();
    expect(await refused(nodes, { searched: 199 })).toBeInstanceOf(WireError);
  });

  it('are of bytes that are kept, however they are asked for', async () => {
    await writeFile(path, field(1, new Uint8Array(50)));
    const read = (kept: number) =>
      errorOf(() => {
        withWire(
          path,
          (wire) => {
            wire.bytes(2, 12);
            wire.bytes(2, 12);
          },
          { ...LIMITS, kept },
        );
      });
    expect(read(20)).toBeUndefined();
    expect(read(19)).toBeInstanceOf(WireError);
  });

  it('do not count weights, of which nothing is read', async () => {
    const weights = Array.from({ length: 30 }, () => field(5, zeros(1 << 20)));
    await writeFile(path, field(7, Buffer.concat(weights)));
    const limits = { fields: 100, searched: 100 << 10, kept: 1 << 10 };
    const skeleton = readSkeleton(path, limits);
    expect(decodeModel(skeleton).graph.initializers).toHaveLength(30);
  });

  it('are kept to by a file that is cut while it is read', async () => {
    await writeFile(path, field(1, new Uint8Array(5000)));
    await truncate(path, 10_000);
    const error = errorOf(() =>
      withWire(path, (wire) => {
        const [first] = wire.fields(0, wire.size);
        return wire.bytes(first!.start, 20_000);
      }),
    );
    expect(error).toEqual(new WireError('the file was cut short while it was read'));
  });
});

describe('a decoded model', () => {
  it.each([
    ['nodes', field(1, new Uint8Array(0))],
    ['names', field(1, field(1, new Uint8Array(0)))],
    ['attributes', field(1, field(5, field(5, new Uint8Array(0))))],
    ['numbers, packed', field(1, field(5, field(8, new Uint8Array(100))))],
    ['dimensions', field(5, field(1, new Uint8Array(100)))],
    ['shapes', field(13, field(2, field(1, field(2, field(1, new Uint8Array(0))))))],
    ['what is not looked into', field(99, new Uint8Array(0))],
  ])('takes no more memory than it may: %s', (_, unit) => {
    const model = (count: number) => field(7, Buffer.concat(Array.from({ length: count }, () => unit)));
    expect(errorOf(() => decodeModel(model(10), 1 << 20))).toBeUndefined();
    const error = errorOf(() => decodeModel(model(20_000), 1 << 20));
    expect((error as Error).message).toBe('its graph takes more than 1048576 bytes of memory');
  });
});
