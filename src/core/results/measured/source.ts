/** A file's bytes, wherever they are. */
export interface ByteSource {
  /** Bytes of the file. */
  readonly size: number;
  /**
   * So many bytes from there on, which stand only until the next are asked for.
   * @throws FailureError where the file has not as many
   */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Length of the footer, then `PAR1`. */
const ENDING = 8;
/** Footers have a hundred kilobytes for the published number of probes. */
const LARGEST_FOOTER = 64 << 20;

/** A Parquet file's last bytes, with its whole footer if the file is one. */
export async function readEnd(source: ByteSource): Promise<Uint8Array> {
  const last = await source.read(Math.max(0, source.size - ENDING), Math.min(ENDING, source.size));
  const footer = last.length < ENDING ? 0 : new DataView(last.buffer, last.byteOffset).getUint32(0, true);
  const length = Math.min(footer + ENDING, LARGEST_FOOTER, source.size);
  return (await source.read(source.size - length, length)).slice();
}
