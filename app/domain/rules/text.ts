/**
 * The form in which text is compared, in every op, for list and set members too: without surrounding space and without
 * case. Lower case with the final sigma made an ordinary one, because JavaScript's lower case of Σ depends on the letter
 * after it and a substring would otherwise not be found in the word that holds it.
 */
export function foldText(text: string): string {
  const lower = text.trim().toLowerCase();
  return lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower;
}
