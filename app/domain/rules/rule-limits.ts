/** How large a rule may be. Generous for people and programs, small enough that no rule is slow to check or to run. */
export const RULE_LIMITS = {
  nameLength: 200,
  selectorDepth: 64,
  selectorNodes: 5_000,
  listMembers: 10_000,
  textLength: 5_000,
  steps: 100,
  errors: 100,
} as const;
