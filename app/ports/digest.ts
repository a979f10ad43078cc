/** A SHA-256 that is fed piece by piece, so that a plan of any size is sealed without holding it. */
export interface Digest {
  update(text: string): void;
  /** Lower-case hex; the digest cannot be fed after it. */
  hex(): string;
}
