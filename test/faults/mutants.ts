import type { Mutant } from './our-processes.ts';

export const mutants: readonly Mutant[] = [];
