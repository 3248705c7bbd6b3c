/** Builds one segment: the sentence and the number above, the conditions to choose from at the left, the tree at the right. */

import {
  ActionIcon,
  Alert,
  Box,
  Button,
  Group,
  Modal,
  Stack,
  Text,
  TextInput,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowBackUp, IconArrowForwardUp, IconSwitchHorizontal, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { describe } from '../../core/segments/describe.ts'
import { add, groupAt, type Path, pathOf, placeOf } from '../../core/segments/edit-tree.ts'
import { faultsOf } from '../../core/segments/faults.ts'
import { otherSideOf } from '../../core/segments/from-report.ts'
import { nodesOf } from '../../core/segments/tree.ts'
import { asProblem } from '../api/problem.ts'
import { paths } from '../paths.ts'
import type { KnownAttribute } from '../settings/queries.ts'
import { ActButton, ReadOnlyNote, useMay } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { TagButton } from '../tags/TagButton.tsx'
import { BackLink } from '../ui/BackLink.tsx'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import { Page } from '../ui/Page.tsx'
import { Panel } from '../ui/Panel.tsx'
import classes from './Builder.module.css'
import { type Builder, BuilderContext } from './builder.ts'
import { type CheckedPerson, CheckPerson } from './CheckPerson.tsx'
import { ChoiceList } from './ChoiceList.tsx'
import { ComparePanel } from './ComparePanel.tsx'
import { CountLine, countInWords } from './CountLine.tsx'
import type { ConditionChoice } from './choices.ts'
import { ExportSegment } from './ExportSegment.tsx'
import { KeptDraft, useKeptDraft } from './KeptDraft.tsx'
import { Leaving } from './Leaving.tsx'
import { Members } from './Members.tsx'
import { NameDialog } from './NameDialog.tsx'
import {
  explainQuery,
  freeName,
  nodeCountsQuery,
  type Segment,
  segmentsQuery,
  treeOf,
  useSegmentActs,
} from './queries.ts'
import { Sentence } from './Sentence.tsx'
import { SizeTrend } from './SizeTrend.tsx'
import { TreeEditor } from './TreeEditor.tsx'
import { UsedBy } from './UsedBy.tsx'
import { type SavedSegment, useEditing } from './useEditing.ts'
import { useLiveCount } from './useLiveCount.ts'
import { useNames } from './useNames.ts'

interface Props {
  start: SavedSegment
  /** undefined: a new one */
  saved?: Segment
  attributes: readonly KnownAttribute[]
}

export function SegmentBuilder({ start, saved, attributes }: Props) {
  const workspace = useWorkspace()
  const may = useMay()
  const isReadOnly = !may(saved ? 'changeSegment' : 'createSegment')
  const editing = useEditing(start)
  const kept = useKeptDraft(editing, saved?.id, isReadOnly)
  const { tree } = editing
  const names = useNames([tree])
  const telling = { names, zone: workspace.timeZone }

  const own = faultsOf(tree)
  const live = useLiveCount(workspace.id, saved?.id, tree, own.length === 0)
  const refused = live.problem?.faults ?? []
  const faults = new Map([
    ...own.map(({ path, what }) => [placeOf(path), what] as const),
    ...refused.map(({ where, what }) => [placeOf(pathOf(where)), `${what}. ${live.problem?.fix ?? ''}`] as const),
  ])
  const isWhole = own.length === 0

  // When everything else is counted. A single condition has the number of the segment.
  const rows = useQuery({
    ...nodeCountsQuery(workspace.id, tree),
    enabled: isWhole && !live.isCounting && !live.isOld && [...nodesOf(tree.root)].length > 2,
  })

  const [person, setPerson] = useState<CheckedPerson | null>(null)
  const explained = useQuery({
    ...explainQuery(workspace.id, tree, person?.id ?? 0),
    enabled: person !== null && isWhole,
  })
  const explanation = person && isWhole && !explained.isPlaceholderData ? explained.data : undefined
  const holds = explanation ? new Map(explanation.nodes.map(({ where, holds: does }) => [where, does])) : null

  const [target, setTarget] = useState<Path>([])
  const shownTarget = groupAt(tree, target) ? target : []
  const [choosing, choice] = useDisclosure()
  const addTo = (group: Path, { make, label }: ConditionChoice) =>
    editing.edit(add(tree, group, make()), `Add ${label}`)

  useUndoKeys(editing.undo, editing.redo, isReadOnly)
  useEffect(() => {
    if (live.count && !live.isOld && !live.isCounting) editing.sayCount(countInWords(live.count))
  }, [live.count, live.isOld, live.isCounting, editing.sayCount])

  const [isListed, members] = useDisclosure()
  const builder: Builder = {
    tree,
    telling,
    names,
    attributes,
    self: saved?.id,
    isReadOnly,
    faults,
    holds,
    counts: isWhole && rows.data ? new Map(rows.data.map(row => [row.where, row])) : null,
    target: shownTarget,
    edit: editing.edit,
    change: editing.change,
    choose: group => {
      setTarget(group)
      choice.open()
    },
  }
  const otherSide = otherSideOf(tree)

  return (
    <BuilderContext value={builder}>
      <Page
        title={saved ? editing.name || 'Segment' : 'New segment'}
        back={<BackLink {...paths.segments(workspace.id)}>Segments</BackLink>}
        actions={<SaveActs editing={editing} saved={saved} isWhole={isWhole} />}
        width={1280}
      >
        <ReadOnlyNote operation={saved ? 'changeSegment' : 'createSegment'} />
        <KeptDraft draft={kept} />
        <Leaving isDirty={editing.isDirty} onLeave={kept.forget} />
        <Panel>
          <div className={classes.answer}>
            <div className={classes.sentence}>
              <Sentence parts={describe(tree, names, workspace.timeZone)} />
              {otherSide && !isReadOnly && (
                <Box mt={8}>
                  <Button
                    size="compact-sm"
                    variant="default"
                    leftSection={<IconSwitchHorizontal size={15} aria-hidden />}
                    onClick={() => editing.replace(otherSide, 'Switch sides')}
                  >
                    {tree.root.items.length === 1 ? 'Those who did not' : 'Those who did'}
                  </Button>
                </Box>
              )}
            </div>
            <CountLine live={live} isWhole={isWhole} />
          </div>
          <Group mt="md" justify="space-between" align="flex-end">
            <CheckPerson
              person={person}
              onChoose={setPerson}
              explanation={explanation}
              error={explained.error}
              isWhole={isWhole}
            />
            <Group gap="sm">
              <TagButton
                tree={tree}
                whose="everybody in it now"
                why={isWhole ? null : 'Finish the marked conditions first.'}
              />
              {saved && <ExportSegment id={saved.id} holds="The profiles in it now" isEdited={editing.isDirty} />}
              <Button
                variant="default"
                leftSection={<IconUsers size={16} aria-hidden />}
                aria-expanded={isListed}
                onClick={members.toggle}
              >
                {isListed ? 'Hide profiles' : 'Show profiles'}
              </Button>
            </Group>
          </Group>
        </Panel>
        <div className={classes.columns}>
          <aside className={classes.list} aria-label="Conditions">
            <ChoiceList onChoose={one => addTo(shownTarget, one)} />
          </aside>
          <Stack gap="xs" ref={editing.root}>
            <Group justify="space-between" gap="xs">
              <Text size="sm" c="dimmed">
                {shownTarget.length === 0
                  ? 'Conditions are added to the end.'
                  : `Conditions are added to row ${shownTarget.map(i => i + 1).join('.')}.`}
              </Text>
              <Steps undo={editing.undo} redo={editing.redo} undoes={editing.undoes} redoes={editing.redoes} />
            </Group>
            <Box
              onFocus={event => {
                const item = event.target.closest('[data-kind=group]')
                setTarget(pathOf(item?.getAttribute('data-place') ?? 'root'))
              }}
            >
              <TreeEditor />
            </Box>
          </Stack>
        </div>
        {isListed && (
          <div ref={intoSight}>
            <Panel title="Profiles in it now">
              {isWhole ? (
                <Members key={JSON.stringify(tree)} tree={tree} />
              ) : (
                <Text size="sm" c="dimmed">
                  Finish the conditions to see the profiles.
                </Text>
              )}
            </Panel>
          </div>
        )}
        {saved && <SizeTrend segment={saved} />}
        {saved && <ComparePanel segment={saved} isEdited={editing.isDirty} />}
        {saved && <UsedBy segment={saved} />}
        <VisuallyHidden role="status" aria-live="polite" data-said>
          {editing.said}
        </VisuallyHidden>
        <Modal
          opened={choosing}
          onClose={choice.close}
          title="Add a condition"
          closeButtonProps={{ 'aria-label': 'Close' }}
          returnFocus={false}
        >
          <ChoiceList
            isFirst
            onChoose={one => {
              choice.close()
              addTo(shownTarget, one)
            }}
          />
        </Modal>
      </Page>
    </BuilderContext>
  )
}

const intoSight = (element: HTMLElement | null) => element?.scrollIntoView({ block: 'nearest' })

/** Ctrl+Z and Shift+Ctrl+Z, but in text fields, which have their own. */
function useUndoKeys(undo: () => void, redo: () => void, isOff: boolean) {
  const acts = useRef({ undo, redo })
  acts.current = { undo, redo }
  useEffect(() => {
    if (isOff) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.altKey) return
      const { target } = event
      if (target instanceof HTMLElement && target.matches('textarea, input:not([type=checkbox], [type=radio])')) return
      event.preventDefault()
      if (event.shiftKey) acts.current.redo()
      else acts.current.undo()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [isOff])
}

interface StepsProps {
  undo: () => void
  redo: () => void
  undoes: string | undefined
  redoes: string | undefined
}

function Steps({ undo, redo, undoes, redoes }: StepsProps) {
  const button = (
    word: string,
    label: string | undefined,
    keys: string,
    act: () => void,
    Icon: typeof IconArrowBackUp,
  ) => (
    <Tooltip label={label === undefined ? `Nothing to ${word.toLowerCase()}` : `${word}: ${label} (${keys})`}>
      <ActionIcon
        variant="default"
        size="md"
        aria-label={label === undefined ? word : `${word}: ${label}`}
        aria-disabled={label === undefined}
        data-disabled={label === undefined || undefined}
        onClick={act}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
  return (
    <Group gap={6}>
      {button('Undo', undoes, 'Ctrl+Z', undo, IconArrowBackUp)}
      {button('Redo', redoes, 'Shift+Ctrl+Z', redo, IconArrowForwardUp)}
    </Group>
  )
}

interface SaveProps {
  editing: ReturnType<typeof useEditing>
  saved: Segment | undefined
  isWhole: boolean
}

/** The name, and what becomes of the tree. */
function SaveActs({ editing, saved, isWhole }: SaveProps) {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const may = useMay()
  const acts = useSegmentActs(workspace.id)
  const list = useQuery(segmentsQuery(workspace.id))
  const [revision, setRevision] = useState(saved?.revision)
  const [dialog, setDialog] = useState<'save-as' | 'freeze' | null>(null)
  const [leavesTo, setLeavesTo] = useState<number | null>(null)
  const { name, tree } = editing
  const taken = list.data ?? []
  const problem = acts.create.error ?? acts.change.error
  const code = problem === null ? null : asProblem(problem).code

  // Once what was saved is no longer unsaved, the way is free.
  useEffect(() => {
    if (leavesTo !== null && !editing.isDirty)
      void navigate({ ...paths.segment(workspace.id, leavesTo), replace: saved === undefined })
  }, [leavesTo, editing.isDirty, navigate, workspace.id, saved])

  const create = async (as: string) => {
    const made = await acts.create.mutateAsync({ name: as, definition: tree })
    editing.setName(made.name)
    editing.markSaved({ name: made.name, tree })
    setLeavesTo(made.id)
    notifyDone(`“${made.name}” is saved.`)
  }
  const change = async (id: number, from: number | undefined) => {
    const made = await acts.change.mutateAsync({
      id,
      name: name.trim(),
      definition: tree,
      ...(from && { revision: from }),
    })
    setRevision(made.revision)
    editing.setName(made.name)
    editing.markSaved({ name: made.name, tree })
    notifyDone(`“${made.name}” is saved.`)
  }
  const save = () => {
    acts.change.reset()
    acts.create.reset()
    // A failure is shown beside the name.
    ;(saved ? change(saved.id, revision) : create(name.trim())).catch(() => undefined)
  }
  const freeze = async (as: string) => {
    const { size } = await acts.freeze.mutateAsync({ name: as, definition: tree })
    notifyDone(`“${as}” is saved as a list of ${size ?? 0} that stays.`)
  }
  const unfinished = isWhole ? null : 'Finish the marked conditions first.'
  const why = unfinished ?? (name.trim() === '' ? 'Give it a name first.' : null)
  return (
    <Stack gap="xs" maw={720}>
      <Group gap="xs" align="flex-start">
        <TextInput
          aria-label="Name of the segment"
          placeholder="Name of the segment"
          value={name}
          maxLength={100}
          dir="auto"
          disabled={!may(saved ? 'changeSegment' : 'createSegment')}
          onChange={event => editing.setName(event.currentTarget.value)}
          error={code === 'name_taken' && `${asProblem(problem).title} ${asProblem(problem).fix}`}
          w={{ base: '100%', xs: 320 }}
        />
        <ActButton
          operation={saved ? 'changeSegment' : 'createSegment'}
          why={why}
          loading={acts.create.isPending || acts.change.isPending}
          onClick={save}
        >
          Save
        </ActButton>
        {saved && (
          <ActButton operation="createSegment" variant="default" why={unfinished} onClick={() => setDialog('save-as')}>
            Save as
          </ActButton>
        )}
        <ActButton operation="freezeSegment" variant="default" why={unfinished} onClick={() => setDialog('freeze')}>
          Freeze
        </ActButton>
      </Group>
      {problem !== null && code === 'conflict' && saved && (
        <Newer segment={saved} editing={editing} onLoaded={setRevision} onSettled={() => acts.change.reset()} />
      )}
      {problem !== null && code !== 'conflict' && code !== 'name_taken' && <ErrorState error={problem} />}
      <NameDialog
        opened={dialog === 'save-as'}
        title="Save as a new segment"
        words="This one stays as it was saved last."
        act="Save"
        initial={freeName(name.trim() || 'Segment', taken)}
        onClose={() => setDialog(null)}
        onSubmit={create}
      />
      <NameDialog
        opened={dialog === 'freeze'}
        title="Freeze the people of now"
        words="Makes a new segment of the people who are in this one now. It keeps them, whatever happens later."
        act="Freeze"
        initial={freeName(`${name.trim() || 'Segment'}, frozen`, taken)}
        onClose={() => setDialog(null)}
        onSubmit={freeze}
      />
    </Stack>
  )
}

interface NewerProps {
  segment: Segment
  editing: ReturnType<typeof useEditing>
  onLoaded: (revision: number) => void
  onSettled: () => void
}

/** Somebody else has saved it meanwhile. Their version is loaded as an edit, so that undo brings one's own back. */
function Newer({ segment, editing, onLoaded, onSettled }: NewerProps) {
  const workspace = useWorkspace()
  const names = useNames([editing.tree])
  const { data: rows } = useQuery(segmentsQuery(workspace.id))
  const newest = rows?.find(({ id }) => id === segment.id)
  const theirs = newest && describe(treeOf(newest), names, workspace.timeZone)
  return (
    <Alert variant="default" role="alert" title="Somebody else has changed this segment">
      <Stack gap="sm" align="flex-start">
        {theirs && (
          <Text size="sm">
            Theirs, “{newest.name}”: <Sentence parts={theirs} />
          </Text>
        )}
        <Text size="sm">Yours is here, and is not saved.</Text>
        <Group gap="sm">
          <Button
            size="xs"
            variant="default"
            disabled={!newest}
            onClick={() => {
              if (!newest) return
              const tree = treeOf(newest)
              editing.replace(tree, 'Load the newest version')
              editing.setName(newest.name)
              editing.markSaved({ name: newest.name, tree })
              onLoaded(newest.revision)
              onSettled()
            }}
          >
            Load the newest
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!newest}
            onClick={() => {
              if (newest) onLoaded(newest.revision)
              onSettled()
            }}
          >
            Keep mine, to save it over theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
