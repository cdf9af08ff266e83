import { expect, it } from 'vitest';
import { crc32 } from '../../../src/core/results/checksum';

const bytes = (text: string) => new TextEncoder().encode(text);

it("gives the check value of CRC-32's catalogue entry", () => {
  expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
});

it('takes pieces as if they were one', () => {
  expect(crc32(bytes('1234'), bytes(''), bytes('56789'))).toBe(0xcbf43926);
});
