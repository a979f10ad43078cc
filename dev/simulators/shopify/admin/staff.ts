/** The people who may sign in to every simulated store; the id is the `sub` of their session tokens. */
export interface StaffMember {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly accountOwner: boolean;
}

const OWNER: StaffMember = { id: '42', firstName: 'Olivia', lastName: 'Marsh', email: 'olivia@store.example', accountOwner: true };

export const STAFF: readonly StaffMember[] = [
  OWNER,
  { id: '43', firstName: 'Ben', lastName: 'Adeyemi', email: 'ben@store.example', accountOwner: false },
  { id: '44', firstName: 'Chiara', lastName: 'Conti', email: 'chiara@store.example', accountOwner: false },
];

/** The member with that id; the owner where none is asked for; undefined where the id is nobody's. */
export function staffMember(id: string | null): StaffMember | undefined {
  return id === null || id === '' ? OWNER : STAFF.find((member) => member.id === id);
}
