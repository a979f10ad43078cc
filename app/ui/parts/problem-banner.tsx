import { Banner, List, Text } from '@shopify/polaris';
import type { FieldError, Problem } from '../../domain/kernel/result.ts';

/** What an action of a route answers when it was refused: shown in place and kept until the next try. */
export interface ActionProblem {
  readonly problem: Problem;
}

const TITLES: Readonly<Record<Problem['kind'], string>> = {
  malformed: 'Calibrate did not understand this',
  forbidden: 'Your role does not include this',
  not_found: 'This no longer exists',
  conflict: 'This is not possible right now',
  invalid: 'Something needs correcting',
  unavailable: 'Not available right now',
};

/** A refused action, in place and until it is resolved. `errors` of fields shown elsewhere can be left out. */
export function ProblemBanner({
  problem,
  title,
  hideErrors = false,
  action,
}: {
  problem: Problem;
  title?: string;
  hideErrors?: boolean;
  action?: { content: string; onAction: () => void; loading?: boolean };
}) {
  return (
    <div role="alert">
      <Banner tone="critical" title={title ?? TITLES[problem.kind]} action={action}>
        <Text as="p">{problem.detail}</Text>
        {hideErrors ? null : <ProblemErrors errors={(problem.errors ?? []).filter(({ message }) => message !== problem.detail)} />}
      </Banner>
    </div>
  );
}

function ProblemErrors({ errors }: { errors: readonly FieldError[] }) {
  if (errors.length === 0) return null;
  return (
    <List>
      {errors.map((error) => (
        <List.Item key={`${error.pointer} ${error.code}`}>
          {error.pointer ? `${error.pointer}: ` : ''}
          {error.message}
        </List.Item>
      ))}
    </List>
  );
}
