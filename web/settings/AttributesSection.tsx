/** The attributes of the workspace: what has and uses each, its label, its type, and the latest changes of types. */
import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Modal,
  Progress,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core'
import { IconArchive, IconDots, IconForms, IconPencil, IconTransform, IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { attributeTypeWords } from '../../core/attributes.ts'
import { Confirm } from '../activities/Confirm.tsx'
import { ActButton, ActItem } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState, notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { count, none, percent, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import {
  type Attribute,
  type AttributeChange,
  catalogueQuery,
  isOpen,
  typeChangesQuery,
  useAttributeActs,
  useValuesChanged,
} from './attributeQueries.ts'
import { ChangeTypeDialog } from './ChangeTypeDialog.tsx'

type Act = 'label' | 'type' | 'delete'

export function AttributesSection() {
  const workspace = useWorkspace()
  const catalogue = useQuery(catalogueQuery(workspace.id))
  const [archived, setArchived] = useState(false)
  const [asked, setAsked] = useState<{ act: Act; attribute: Attribute } | null>(null)
  const rows = catalogue.data?.filter(row => archived || row.archivedAt === null)
  const hidden = catalogue.data?.filter(row => row.archivedAt !== null).length ?? 0
  const close = () => setAsked(null)
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed" maw={560}>
        An attribute is a value of profiles, such as a city or points. Imports and the API add them. Texts use one as
        ##name##, and segments by its type.
      </Text>
      <Stack gap="sm">
        {hidden > 0 && (
          <Switch
            label={`Show archived (${hidden})`}
            checked={archived}
            onChange={({ currentTarget: { checked } }) => setArchived(checked)}
          />
        )}
        <DataTable
          label="Attributes"
          columns={columns((act, attribute) => setAsked({ act, attribute }))}
          rows={rows}
          rowKey={({ name }) => name}
          error={catalogue.error}
          onRetry={catalogue.refetch}
          loadingRows={4}
          empty={
            <EmptyState icon={IconForms} title="No attributes yet">
              Import a file: any column can become an attribute.
            </EmptyState>
          }
        />
      </Stack>
      <Changes />
      <Modal
        opened={asked?.act === 'label'}
        onClose={close}
        title="Change label"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {asked?.act === 'label' && <LabelForm attribute={asked.attribute} onClose={close} />}
      </Modal>
      <Modal
        opened={asked?.act === 'type'}
        onClose={close}
        title={asked ? `Change the type of ${asked.attribute.name}` : ''}
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {asked?.act === 'type' && <ChangeTypeDialog attribute={asked.attribute} onClose={close} />}
      </Modal>
      {asked?.act === 'delete' && <Delete attribute={asked.attribute} onClose={close} />}
    </Stack>
  )
}

const columns = (ask: (act: Act, attribute: Attribute) => void): Column<Attribute>[] => [
  {
    key: 'name',
    label: 'Attribute',
    room: 130,
    render: ({ name, label, archivedAt }) => (
      <>
        <bdi className="wrap-anywhere">{label ?? name}</bdi>
        {(label !== null || archivedAt !== null) && (
          <Text size="xs" c="dimmed" className="wrap-anywhere">
            {[label === null ? '' : name, archivedAt === null ? '' : 'archived'].filter(Boolean).join(', ')}
          </Text>
        )}
      </>
    ),
  },
  { key: 'type', label: 'Type', render: ({ type }) => attributeTypeWords[type] },
  { key: 'profiles', label: 'Profiles', figure: true, render: ({ profiles }) => count(profiles) },
  {
    key: 'samples',
    label: 'Samples',
    wide: true,
    render: ({ samples }) => (
      <Text size="sm" c="dimmed" lineClamp={1} maw={240} title={samples.join(', ')}>
        {samples.length === 0 ? none : samples.join(', ')}
      </Text>
    ),
  },
  { key: 'uses', label: 'Used in', figure: true, wide: true, render: ({ uses }) => (uses === 0 ? none : count(uses)) },
  { key: 'acts', label: 'Change', width: 80, render: row => <RowMenu attribute={row} ask={act => ask(act, row)} /> },
]

function RowMenu({ attribute, ask }: { attribute: Attribute; ask: (act: Act) => void }) {
  const workspace = useWorkspace()
  const { edit } = useAttributeActs(workspace.id)
  const { name, archivedAt, uses } = attribute
  const isArchived = archivedAt !== null
  const archive = () =>
    edit
      .mutateAsync({ name, archived: !isArchived })
      .then(
        () =>
          notifyDone(isArchived ? `“${name}” is offered again.` : `“${name}” is archived: it stays where it is used.`),
        notifyProblem,
      )
  return (
    <Menu position="bottom-end" width={240} portalProps={{ target: '#main' }} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <ActItem operation="changeAttribute" icon={<IconPencil size={16} />} onClick={() => ask('label')}>
          Change label
        </ActItem>
        <ActItem operation="changeAttributeType" icon={<IconTransform size={16} />} onClick={() => ask('type')}>
          Change type
        </ActItem>
        <ActItem operation="changeAttribute" icon={<IconArchive size={16} />} onClick={archive}>
          {isArchived ? 'Restore' : 'Archive'}
        </ActItem>
        <ActItem
          operation="removeAttribute"
          red
          icon={<IconTrash size={16} />}
          why={uses > 0 ? `${plural(uses, 'segment or SMS', 'segments or SMS')} use it.` : null}
          onClick={() => ask('delete')}
        >
          Delete
        </ActItem>
      </Menu.Dropdown>
    </Menu>
  )
}

function LabelForm({ attribute: { name, label }, onClose }: { attribute: Attribute; onClose: () => void }) {
  const workspace = useWorkspace()
  const { edit } = useAttributeActs(workspace.id)
  const [text, setText] = useState(label ?? '')
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        edit.mutate({ name, label: text.trim() === '' ? null : text }, { onSuccess: onClose, onError: () => undefined })
      }}
    >
      <Stack>
        <TextInput
          label="Label"
          description={`Shown in this list beside its name, “${name}”. Texts, segments and imports keep the name.`}
          value={text}
          maxLength={100}
          dir="auto"
          onChange={({ currentTarget: { value } }) => setText(value)}
          data-autofocus
        />
        {edit.error && <ErrorState error={edit.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={edit.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Delete({ attribute: { name, profiles }, onClose }: { attribute: Attribute; onClose: () => void }) {
  const workspace = useWorkspace()
  const { remove } = useAttributeActs(workspace.id)
  return (
    <Confirm
      opened
      title={`Delete “${name}”?`}
      words={
        profiles === 0
          ? 'No profile has a value. You cannot undo this.'
          : `${plural(profiles, 'profile')} lose their value. You cannot undo this. Archive it instead to keep the values.`
      }
      act="Delete"
      onConfirm={() => {
        onClose()
        remove.mutate(name, { onSuccess: () => notifyDone(`“${name}” is deleted.`), onError: notifyProblem })
      }}
      onClose={onClose}
    />
  )
}

function Changes() {
  const workspace = useWorkspace()
  const changes = useQuery(typeChangesQuery(workspace.id))
  useValuesChanged(workspace.id, changes.data?.some(isOpen) ?? false)
  if (changes.error && !changes.data) return <ErrorState error={changes.error} onRetry={changes.refetch} />
  if (!changes.data) return <Skeleton height={80} />
  if (changes.data.length === 0) return null
  return (
    <Panel title="Changes of types" description="Undone within 30 days: each value becomes what it was.">
      <Stack gap="md">
        {changes.data.slice(0, 20).map(change => (
          <ChangeLine key={change.id} change={change} />
        ))}
      </Stack>
    </Panel>
  )
}

function ChangeLine({ change }: { change: AttributeChange }) {
  const workspace = useWorkspace()
  const { undo } = useAttributeActs(workspace.id)
  const words = `${change.name}: ${attributeTypeWords[change.from]} to ${attributeTypeWords[change.to]}`
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="sm" align="flex-start">
        <Text size="sm" className="wrap-anywhere" style={{ minWidth: 0, flex: '1 1 180px' }}>
          {words}
        </Text>
        {change.canUndo && (
          <ActButton
            operation="undoAttributeChange"
            size="compact-sm"
            variant="default"
            loading={undo.isPending}
            aria-label={`${change.state === 'running' ? 'Stop and undo' : 'Undo'}: ${words}`}
            onClick={() => undo.mutate(change.id, { onError: notifyProblem })}
          >
            {change.state === 'running' ? 'Stop and undo' : 'Undo'}
          </ActButton>
        )}
      </Group>
      {isOpen(change) && <Progress value={change.done * 100} aria-label={outcomeOf(change)} />}
      <Text size="sm" c="dimmed" className="figures">
        <span role="status">{outcomeOf(change)}</span>, <Time at={change.createdAt} />
      </Text>
      {change.problem !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {change.problem}
        </Text>
      )}
    </Stack>
  )
}

function outcomeOf({ state, done, converted, unread, restored }: AttributeChange): string {
  if (state === 'running') return `${percent(done)} done`
  if (state === 'undoing') return `Undoing: ${percent(done)} done`
  if (state === 'undone') return `Undone: ${plural(restored, 'value')} as before`
  return [
    `${state === 'failed' ? 'Stopped: ' : ''}${plural(converted, 'value')} converted`,
    ...(unread > 0 ? [`${plural(unread, 'value')} kept as written only`] : []),
  ].join(' · ')
}
