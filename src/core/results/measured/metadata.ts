/** Before each key of an imported log's own in its file's footer. */
export const LOG_PREFIX = 'knowledge-probes.log.';
export const LOG_FORMAT = '1';

/** What an imported log says of itself. */
export interface MeasuredMetadata {
  readonly run: string;
  /** Where it comes from, when it was imported, by which version: for the record. */
  readonly settings: Readonly<Record<string, string>>;
}
