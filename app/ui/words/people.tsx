import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { actorWords, type People } from './actor-words.ts';

const Names = createContext<People>({});

/** Names of staff and tokens for every screen below. */
export function PeopleProvider({ people, children }: { people: People; children: ReactNode }) {
  return <Names.Provider value={people}>{children}</Names.Provider>;
}

/** An actor as a person would name it, by the names that are known here. */
export function useActorWords(): (actor: string) => string {
  const people = useContext(Names);
  return useMemo(() => (actor: string) => actorWords(actor, people), [people]);
}

/** The names themselves, by actor. */
export function usePeople(): People {
  return useContext(Names);
}
