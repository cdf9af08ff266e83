/** Something that lets go of what it holds. */
export interface Disposable {
  dispose(): void;
}
