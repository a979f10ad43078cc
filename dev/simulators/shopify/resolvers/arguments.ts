/** Arguments that are not built must not be ignored: an ignored filter answers with the wrong things. */
import { notSimulated } from '../graphql-errors.ts';

/** Throws SIM_NOT_IMPLEMENTED for the named arguments when they are given. */
export function refuseArguments(args: Record<string, unknown>, where: string, names: readonly string[]): void {
  for (const name of names) {
    if (args[name] !== undefined && args[name] !== null) throw notSimulated(`${where}(${name}:)`);
  }
}
