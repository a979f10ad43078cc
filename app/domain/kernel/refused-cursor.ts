/** Thrown by lists: the cursor is not one of ours, or was given out for another list, filter or order. */
export class RefusedCursor extends Error {
  override readonly name = 'RefusedCursor';
}
