import fc from 'fast-check';

/** Kernels that forget: slowly, at once, after staying whole for a while, never. */
export const kernels = fc.record({
  a: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 2, noNaN: true })),
  b: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0.05, max: 3, noNaN: true })),
});
