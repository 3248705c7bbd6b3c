/** The blocks of an e-mail, one under the other: each with its fields, moved and removed by buttons. */
import {
  ActionIcon,
  Button,
  Card,
  Group,
  Menu,
  NativeSelect,
  NumberInput,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconCopy, IconPlus, IconTrash } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import {
  type Block,
  type BlockKind,
  blockNames,
  innerWidth,
  newBlock,
  type SpacerSize,
} from '../../../../core/email/blocks.ts'
import type { EmailTemplate } from '../../../../core/email/email-template.ts'
import type { OfferedTag } from '../sms/useTemplate.ts'
import { type EmailDraft, type EmailReading, wrongAt } from './emailDraft.ts'
import { MarkupField } from './MarkupField.tsx'
import { Told } from './Told.tsx'

const kinds: readonly BlockKind[] = ['heading', 'text', 'button', 'image', 'divider', 'spacer']

export function Blocks({ draft, reading }: { draft: EmailDraft; reading: EmailReading }) {
  const { template, tags } = reading
  const { blocks } = draft.content.body
  const { keys, moved } = useKeys(blocks.length)
  const change = (next: Block[]) => draft.changeContent({ body: { v: 1, blocks: next } })
  const replace = (at: number, block: Block) => change(blocks.map((one, i) => (i === at ? block : one)))
  const move = (from: number, to: number) => {
    const next = [...blocks]
    const [block] = next.splice(from, 1)
    if (block === undefined) return
    next.splice(to, 0, block)
    moved(from, to)
    change(next)
  }
  return (
    <Stack gap="sm">
      {blocks.length === 0 && <Starter onStart={change} />}
      <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Blocks">
        {blocks.map((block, i) => (
          <Card key={keys[i]} component="li" withBorder padding="sm">
            <Group justify="space-between" mb={6} wrap="nowrap">
              <Text size="sm" fw={500}>
                {i + 1}. {blockNames[block.kind]}
              </Text>
              <Group gap={2} wrap="nowrap">
                <Act label={`Move block ${i + 1} up`} disabled={i === 0} onClick={() => move(i, i - 1)}>
                  <IconArrowUp size={16} aria-hidden />
                </Act>
                <Act
                  label={`Move block ${i + 1} down`}
                  disabled={i === blocks.length - 1}
                  onClick={() => move(i, i + 1)}
                >
                  <IconArrowDown size={16} aria-hidden />
                </Act>
                <Act
                  label={`Duplicate block ${i + 1}`}
                  onClick={() => change([...blocks.slice(0, i + 1), { ...block }, ...blocks.slice(i + 1)])}
                >
                  <IconCopy size={16} aria-hidden />
                </Act>
                <Act label={`Remove block ${i + 1}`} onClick={() => change(blocks.filter((_, at) => at !== i))}>
                  <IconTrash size={16} aria-hidden />
                </Act>
              </Group>
            </Group>
            <BlockFields
              block={block}
              at={i}
              tags={tags}
              template={template}
              onChange={changed => replace(i, changed)}
            />
            <Told template={template} place={{ field: 'body', block: i }} />
          </Card>
        ))}
      </Stack>
      <Told template={template} place={{ field: 'body' }} />
      <AddBlock onAdd={kind => change([...blocks, newBlock(kind)])} />
    </Stack>
  )
}

/** A key per block that moves with it, so that the focus stays in what was moved. */
function useKeys(length: number) {
  const next = useRef(0)
  const [keys, setKeys] = useState<number[]>([])
  const shown = [...keys.slice(0, length)]
  while (shown.length < length) shown.push(next.current++)
  if (shown.length !== keys.length) setKeys(shown)
  const moved = (from: number, to: number) => {
    const changed = [...shown]
    const [key] = changed.splice(from, 1)
    if (key !== undefined) changed.splice(to, 0, key)
    setKeys(changed)
  }
  return { keys: shown, moved }
}

function Act(props: { label: string; disabled?: boolean; onClick: () => void; children: React.ReactNode }) {
  const { label, disabled = false, onClick, children } = props
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

function Starter({ onStart }: { onStart: (blocks: Block[]) => void }) {
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed">
        Begin with a heading, a text and a button, or add one block at a time.
      </Text>
      <Button
        size="xs"
        variant="light"
        onClick={() => onStart([newBlock('heading'), newBlock('text'), newBlock('button')])}
      >
        Start with three blocks
      </Button>
    </Group>
  )
}

function AddBlock({ onAdd }: { onAdd: (kind: BlockKind) => void }) {
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          style={{ alignSelf: 'flex-start' }}
        >
          Add block
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map(kind => (
          <Menu.Item key={kind} onClick={() => onAdd(kind)}>
            {blockNames[kind]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

interface FieldProps<Of extends Block = Block> {
  block: Of
  at: number
  tags: readonly OfferedTag[]
  template: EmailTemplate
  onChange: (block: Block) => void
}

function BlockFields({ block, ...props }: FieldProps) {
  switch (block.kind) {
    case 'heading':
      return <HeadingFields block={block} {...props} />
    case 'text':
      return (
        <MarkupField
          label={`Text of block ${props.at + 1}`}
          value={block.text}
          tags={props.tags}
          maxLength={40_000}
          wrong={wrongAt(props.template, { field: 'body', block: props.at }).length > 0}
          onChange={text => props.onChange({ ...block, text })}
        />
      )
    case 'button':
      return <ButtonFields block={block} {...props} />
    case 'image':
      return <ImageFields block={block} {...props} />
    case 'divider':
      return null
    case 'spacer':
      return <SpacerFields block={block} {...props} />
  }
}

type Of<Kind extends BlockKind> = Extract<Block, { kind: Kind }>

function HeadingFields({ block, at, onChange }: FieldProps<Of<'heading'>>) {
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        label="Text"
        aria-label={`Heading of block ${at + 1}`}
        flex="1 1 240px"
        maxLength={2000}
        dir="auto"
        value={block.text}
        onChange={event => onChange({ ...block, text: event.currentTarget.value })}
      />
      <NativeSelect
        label="Size"
        aria-label={`Size of the heading of block ${at + 1}`}
        value={String(block.level)}
        data={[
          { value: '1', label: 'Large' },
          { value: '2', label: 'Medium' },
        ]}
        onChange={event => onChange({ ...block, level: Number(event.currentTarget.value) })}
      />
    </Group>
  )
}

function ButtonFields({ block, at, onChange }: FieldProps<Of<'button'>>) {
  return (
    <Group gap="sm" align="flex-start">
      <TextInput
        label="Text"
        aria-label={`Text of the button of block ${at + 1}`}
        flex="1 1 160px"
        maxLength={500}
        value={block.label}
        onChange={event => onChange({ ...block, label: event.currentTarget.value })}
      />
      <TextInput
        label="Address"
        aria-label={`Address of the button of block ${at + 1}`}
        placeholder="https://"
        flex="2 1 240px"
        maxLength={4000}
        value={block.url}
        onChange={event => onChange({ ...block, url: event.currentTarget.value })}
      />
    </Group>
  )
}

function ImageFields({ block, at, onChange }: FieldProps<Of<'image'>>) {
  return (
    <Stack gap="sm">
      <TextInput
        label="Address of the image"
        aria-label={`Address of the image of block ${at + 1}`}
        placeholder="https://"
        maxLength={4000}
        value={block.src}
        onChange={event => onChange({ ...block, src: event.currentTarget.value })}
      />
      <TextInput
        label="What it shows"
        aria-label={`What the image of block ${at + 1} shows`}
        description="Read out, and shown where images are off. Empty for one that only decorates."
        maxLength={1000}
        value={block.alt}
        onChange={event => onChange({ ...block, alt: event.currentTarget.value })}
      />
      <Group gap="sm" align="flex-start">
        <TextInput
          label="Link"
          aria-label={`Link of the image of block ${at + 1}`}
          placeholder="None"
          flex="1 1 240px"
          maxLength={4000}
          value={block.url}
          onChange={event => onChange({ ...block, url: event.currentTarget.value })}
        />
        <NumberInput
          label="Width"
          aria-label={`Width of the image of block ${at + 1}`}
          suffix=" px"
          min={1}
          max={innerWidth}
          allowDecimal={false}
          w={110}
          value={block.width}
          onChange={value =>
            typeof value === 'number' && value >= 1 && onChange({ ...block, width: Math.min(value, innerWidth) })
          }
        />
      </Group>
    </Stack>
  )
}

const sizes: readonly { value: SpacerSize; label: string }[] = [
  { value: 'small', label: 'Small' },
  { value: 'medium', label: 'Medium' },
  { value: 'large', label: 'Large' },
]

function SpacerFields({ block, at, onChange }: FieldProps<Of<'spacer'>>) {
  return (
    <NativeSelect
      label="Size"
      aria-label={`Size of the space of block ${at + 1}`}
      maw={160}
      value={block.size}
      data={[...sizes]}
      onChange={event => {
        const size = sizes.find(({ value }) => value === event.currentTarget.value)?.value
        if (size) onChange({ ...block, size })
      }}
    />
  )
}
