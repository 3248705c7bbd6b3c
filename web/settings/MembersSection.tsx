/** The members and invitations of the workspace. The inviting user passes on the invitation's link, because Homing sends no e-mail. */
import { Alert, Badge, Button, Code, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconUsers } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { type Answer, answer, api, items } from '../api/client.ts'
import { ActButton, useMay } from '../shell/may.tsx'
import { meQuery, useWorkspace } from '../shell/me.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState, notifyDone, notifyProblem, notifyUndoable } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'

const path = '/api/v1/workspaces/{w}/members'
const invitations = '/api/v1/workspaces/{w}/invitations'
type Member = Answer<typeof path, 'get'>['items'][number]
type Invitation = Answer<typeof invitations, 'get'>['items'][number]
type Role = Member['role']
type Row =
  | { kind: 'member'; member: Member }
  | { kind: 'invitation'; invitation: Invitation }
  | { kind: 'installation owner' }

const invited = ['viewer', 'editor', 'admin'] as const
const roles = ['viewer', 'editor', 'admin', 'owner'] as const
/** "may …" */
const duties: Readonly<Record<Role, string>> = {
  viewer: 'read and export reports',
  editor: 'also import, write and send',
  admin: 'also manage gateways, keys and members',
  owner: 'do everything',
}

export function MembersSection() {
  const workspace = useWorkspace()
  const { data: me } = useSuspenseQuery(meQuery)
  const mayManage = useMay()('addMember')
  const queries = useQueryClient()
  const [leaving, setLeaving] = useState<Member | null>(null)
  const params = { path: { w: workspace.id } }
  const renew = () => queries.invalidateQueries({ queryKey: ['members', workspace.id] })
  const members = useQuery({
    queryKey: ['members', workspace.id, 'in'],
    queryFn: () => items(answer(api.GET(path, { params }))),
  })
  const pending = useQuery({
    queryKey: ['members', workspace.id, 'invited'],
    queryFn: () => items(answer(api.GET(invitations, { params }))),
    enabled: mayManage,
  })
  const invite = useMutation({
    mutationFn: (body: { email: string; role: (typeof invited)[number] }) => answer(api.POST(path, { params, body })),
    onSuccess: renew,
  })
  const newLink = useMutation({
    mutationFn: (id: number) =>
      answer(api.POST(`${invitations}/{id}/link`, { params: { path: { w: workspace.id, id } }, body: {} })),
    onSuccess: renew,
    onError: notifyProblem,
  })
  const withdraw = useMutation({
    mutationFn: (id: number) =>
      answer(api.DELETE(`${invitations}/{id}`, { params: { path: { w: workspace.id, id } } })),
    onSuccess: () => {
      invite.reset()
      newLink.reset()
      notifyDone('Invitation withdrawn.')
      return renew()
    },
    onError: notifyProblem,
  })
  const setRole = async ({ userId }: Member, role: Role) => {
    const of = { path: { w: workspace.id, userId } }
    await answer(api.PATCH(`${path}/{userId}`, { params: of, body: { role } })).finally(renew)
  }
  const change = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Role }) => setRole(member, role),
    onSuccess: (_, { member, role }) =>
      notifyUndoable(`${member.name} is now ${role}: may ${duties[role]}.`, () =>
        setRole(member, member.role).catch(notifyProblem),
      ),
    onError: notifyProblem,
  })
  const remove = useMutation({
    mutationFn: ({ userId }: Member) =>
      userId === me.user.id
        ? answer(api.POST('/api/v1/workspaces/{w}/leave', { params, body: {} }))
        : answer(api.DELETE(`${path}/{userId}`, { params: { path: { w: workspace.id, userId } } })),
    onSuccess: (_, { userId }) => (userId === me.user.id ? window.location.assign('/') : renew()),
    onError: notifyProblem,
    onSettled: () => setLeaving(null),
  })
  const owners = (members.data ?? []).filter(({ role }) => role === 'owner')
  const isLastOwner = (member: Member) => member.role === 'owner' && owners.length === 1
  const mayChange = (member: Member) => mayManage && (member.role !== 'owner' || workspace.role === 'owner')
  const rows: Row[] = [
    ...(pending.data ?? []).map(invitation => ({ kind: 'invitation', invitation }) as const),
    ...(members.data ?? []).map(member => ({ kind: 'member', member }) as const),
  ]
  // The owner of the installation can open every workspace without being a member.
  if (members.data && me.user.installationOwner && !members.data.some(({ userId }) => userId === me.user.id))
    rows.push({ kind: 'installation owner' })
  const made = newLink.data ?? invite.data
  return (
    <Stack>
      {mayManage && (
        <Panel title="Invite">
          <InviteForm
            busy={invite.isPending}
            onSubmit={invite.mutateAsync}
            onBegin={() => {
              newLink.reset()
              invite.reset()
            }}
          />
          {invite.error && <ErrorState error={invite.error} />}
          {made && <HandOver email={made.invitation.email} link={made.link} />}
        </Panel>
      )}
      <DataTable<Row>
        label="Members"
        columns={[
          {
            key: 'who',
            label: 'Member',
            render: row =>
              row.kind === 'installation owner' ? (
                <TwoLines
                  first={`${me.user.name} (you)`}
                  second="Owner of the installation: can open every workspace"
                />
              ) : row.kind === 'member' ? (
                <TwoLines
                  first={row.member.userId === me.user.id ? `${row.member.name} (you)` : row.member.name}
                  second={row.member.email}
                />
              ) : (
                <TwoLines
                  first={row.invitation.email}
                  second={
                    row.invitation.expired ? (
                      'Link expired. Create a new one.'
                    ) : (
                      <>
                        Link works until <Time at={row.invitation.expiresAt} />
                      </>
                    )
                  }
                />
              ),
          },
          {
            key: 'role',
            label: 'Role',
            render: row =>
              row.kind === 'installation owner' ? (
                'owner'
              ) : row.kind === 'invitation' ? (
                <Group gap="xs">
                  {row.invitation.role}
                  <Badge variant="default">Invited</Badge>
                </Group>
              ) : isLastOwner(row.member) ? (
                <TwoLines first="owner" second="The last owner stays owner" />
              ) : mayChange(row.member) ? (
                <NativeSelect
                  size="xs"
                  aria-label={`Role of ${row.member.name}`}
                  data={roles.filter(role => role !== 'owner' || workspace.role === 'owner')}
                  value={row.member.role}
                  onChange={event => {
                    const role = roles.find(known => known === event.currentTarget.value)
                    if (role) change.mutate({ member: row.member, role })
                  }}
                />
              ) : (
                row.member.role
              ),
          },
          {
            key: 'act',
            label: 'Actions',
            render: row =>
              row.kind === 'installation owner' ? null : row.kind === 'invitation' ? (
                <Group gap="xs" justify="flex-end">
                  <Button
                    size="compact-sm"
                    variant="default"
                    loading={newLink.isPending && newLink.variables === row.invitation.id}
                    onClick={() => {
                      invite.reset()
                      newLink.mutate(row.invitation.id)
                    }}
                    aria-label={`New link for ${row.invitation.email}`}
                  >
                    New link
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => withdraw.mutate(row.invitation.id)}
                    aria-label={`Withdraw invitation of ${row.invitation.email}`}
                  >
                    Withdraw
                  </Button>
                </Group>
              ) : row.member.userId === me.user.id || mayChange(row.member) ? (
                <Group justify="flex-end">
                  <ActButton
                    operation={row.member.userId === me.user.id ? 'leaveWorkspace' : 'removeMember'}
                    why={isLastOwner(row.member) ? 'The last owner stays. Make somebody else an owner first.' : null}
                    size="compact-sm"
                    variant="default"
                    onClick={() => setLeaving(row.member)}
                    aria-label={row.member.userId === me.user.id ? 'Leave workspace' : `Remove ${row.member.name}`}
                  >
                    {row.member.userId === me.user.id ? 'Leave' : 'Remove'}
                  </ActButton>
                </Group>
              ) : null,
          },
        ]}
        rows={members.data && rows}
        rowKey={row =>
          row.kind === 'member'
            ? row.member.userId
            : row.kind === 'invitation'
              ? `invitation ${row.invitation.id}`
              : row.kind
        }
        loadingRows={2}
        error={members.error}
        onRetry={members.refetch}
        empty={
          <EmptyState icon={IconUsers} title="No members yet">
            Invite people above.
          </EmptyState>
        }
      />
      <Modal
        opened={leaving !== null}
        onClose={() => setLeaving(null)}
        title={leaving?.userId === me.user.id ? 'Leave this workspace?' : `Remove ${leaving?.name ?? ''}?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm" mb="lg">
          {leaving?.userId === me.user.id
            ? 'You need a new invitation to join again.'
            : 'They lose access immediately, and invitation links that they created stop working. What they wrote and sent stays. API keys that they know keep working; revoke them under API keys.'}
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setLeaving(null)} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => leaving && remove.mutate(leaving)}>
            {leaving?.userId === me.user.id ? 'Leave' : 'Remove'}
          </Button>
        </Group>
      </Modal>
    </Stack>
  )
}

interface InviteProps {
  busy: boolean
  onBegin: () => void
  onSubmit: (body: { email: string; role: (typeof invited)[number] }) => Promise<unknown>
}

function InviteForm({ busy, onBegin, onSubmit }: InviteProps) {
  const field = useRef<HTMLInputElement>(null)
  const form = useForm<{ email: string; role: (typeof invited)[number] }>({
    initialValues: { email: '', role: 'viewer' },
    // Validated by the browser's rule for e-mail fields.
    validate: {
      email: () => (field.current?.validity.valid ? null : 'Enter an e-mail address, such as ada@example.com.'),
    },
    clearInputErrorOnChange: true,
  })
  const submit = form.onSubmit(
    ({ email, role }) => {
      onBegin()
      onSubmit({ email: email.trim(), role }).then(
        () => form.setFieldValue('email', ''),
        () => undefined, // the page shows the problem and keeps the address for correction
      )
    },
    // An invalid address also clears the message about the previous one.
    onBegin,
  )
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-start" gap="sm">
        <TextInput
          label="E-mail"
          type="email"
          maxLength={254}
          required
          ref={field}
          {...form.getInputProps('email')}
          style={{ flex: '1 1 200px', maxWidth: 320 }}
        />
        <NativeSelect
          label="Role"
          data={invited.map(role => ({ value: role, label: `${role}: may ${duties[role]}` }))}
          {...form.getInputProps('role')}
        />
        <Button type="submit" loading={busy} mt={{ base: 0, xs: 22 }}>
          Create invitation
        </Button>
      </Group>
    </form>
  )
}

function HandOver({ email, link }: { email: string; link: string }) {
  return (
    <Alert variant="default" mt="md" title={`Send this link to ${email}. You will not see it again.`} role="status">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">Homing sends no e-mail. The link works once. The person who accepts it becomes a member.</Text>
        <Code className="wrap-anywhere">{link}</Code>
        <CopyButton value={link} />
      </Stack>
    </Alert>
  )
}
