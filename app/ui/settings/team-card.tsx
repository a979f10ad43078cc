import { useFetcher } from '@remix-run/react';
import { Badge, BlockStack, Box, Button, Card, InlineStack, Modal, Select, Text, TextField } from '@shopify/polaris';
import { useEffect, useState } from 'react';
import { formatDateTime } from '../format/time.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useReturnFocus } from '../parts/return-focus.ts';
import { useSuccessToast } from '../parts/success-toast.ts';
import { ROLE_WORDS, ROLES, type Role } from '../words/role-words.ts';
import type { SettingsAnswer } from './settings-page.tsx';

export interface TeamMember {
  readonly userId: string;
  /** Empty where no administrator gave one. */
  readonly name: string;
  readonly role: Role;
  /** RFC 3339. */
  readonly lastSeenAt: string;
}

const nameOf = ({ name, userId }: TeamMember): string => name || `Staff member ${userId}`;

/** Who works with Calibrate in this store, and what each of them may do. */
export function TeamCard({ members, userId, timeZone, mayEdit }: { members: readonly TeamMember[]; userId: string; timeZone: string; mayEdit: boolean }) {
  const [editing, setEditing] = useState<TeamMember | null>(null);
  return (
    <Card>
      <BlockStack gap="300">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Team
          </Text>
          <Text as="p" tone="subdued">
            Everybody who has opened Calibrate in this store. New people begin as editors.{mayEdit ? '' : ' Administrators give roles.'}
          </Text>
        </BlockStack>
        {members.map((member) => (
          <Box key={member.userId} borderBlockStartWidth="025" borderColor="border" paddingBlockStart="300">
            <InlineStack align="space-between" blockAlign="center" gap="200">
              <BlockStack gap="050">
                <InlineStack gap="200" align="start" blockAlign="center">
                  <Text as="h3" variant="headingSm" breakWord>
                    {nameOf(member)}
                    {member.userId === userId ? ' (you)' : ''}
                  </Text>
                  <Badge>{ROLE_WORDS[member.role].label}</Badge>
                </InlineStack>
                <Text as="p" variant="bodySm" tone="subdued">
                  {member.name ? `Staff member ${member.userId} · ` : ''}Last seen {formatDateTime(member.lastSeenAt, timeZone)}
                </Text>
              </BlockStack>
              {mayEdit ? (
                <Button onClick={() => setEditing(member)} accessibilityLabel={`Edit ${nameOf(member)}`}>
                  Edit
                </Button>
              ) : null}
            </InlineStack>
          </Box>
        ))}
      </BlockStack>
      {editing ? <MemberModal member={editing} onClose={() => setEditing(null)} /> : null}
    </Card>
  );
}

function MemberModal({ member, onClose }: { member: TeamMember; onClose: () => void }) {
  const fetcher = useFetcher<SettingsAnswer>();
  const [name, setName] = useState(member.name);
  const [role, setRole] = useState<Role>(member.role);
  useReturnFocus();
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  const done = answer && 'done' in answer ? answer.done : null;
  useSuccessToast(done, answer);
  useEffect(() => {
    if (done) onClose();
  }, [done]);
  return (
    <Modal
      open
      title={nameOf(member)}
      onClose={onClose}
      primaryAction={{ content: 'Save', loading: busy, onAction: () => fetcher.submit({ intent: 'saveMember', userId: member.userId, name: name.trim(), role }, { method: 'post' }) }}
      secondaryActions={[{ content: 'Go back', onAction: onClose, disabled: busy }]}
    >
      <Modal.Section>
        <BlockStack gap="400">
          {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} title="The role was not changed" /> : null}
          <TextField label="Name" value={name} onChange={setName} maxLength={100} helpText="Shown beside what this person does. Shopify tells Calibrate only a number." disabled={busy} autoComplete="off" />
          <Select label="Role" options={ROLES.map((value) => ({ value, label: ROLE_WORDS[value].label }))} value={role} onChange={(value) => setRole(value as Role)} helpText={ROLE_WORDS[role].can} disabled={busy} />
        </BlockStack>
      </Modal.Section>
    </Modal>
  );
}
