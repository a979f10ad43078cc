import type { Role } from './tenant-store.ts';

/** A member of staff who has opened the app. */
export interface MemberRow {
  /** Shopify's id of the user. */
  readonly userId: string;
  /** What an administrator calls the member here; empty where nobody has said so. */
  readonly name: string;
  readonly role: Role;
  readonly lastSeenAt: Date;
}

export interface MemberStore {
  /** Everybody who has opened the app, first come first. */
  list(): Promise<readonly MemberRow[]>;
  /** The same, held until the transaction ends, so that two administrators cannot take each other's role at once. */
  hold(): Promise<readonly MemberRow[]>;
  change(userId: string, to: { readonly name: string; readonly role: Role }): Promise<void>;
}
