/**
 * What the role of the signed-in user allows in the workspace of the address. The roles are those of the API document, so a page and the
 * server never differ. A control that the role does not allow is disabled with the reason, or hidden where a row of them would say nothing else.
 */
import { Alert, Button, type ButtonProps, Menu, Tooltip } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { createLink } from '@tanstack/react-router'
import type { ComponentPropsWithoutRef, ReactNode } from 'react'
import { operationRoles, sendingOperations } from '../api/operationRoles.ts'
import type { Native } from '../ui/links.tsx'
import { useWorkspace, type Workspace } from './me.ts'

export type OperationId = keyof typeof operationRoles
type Of = Pick<Workspace, 'role' | 'sendRole'>

const ranks = ['viewer', 'editor', 'admin', 'owner'] as const
const atLeast = (role: Workspace['role'], needed: Workspace['role']) => ranks.indexOf(role) >= ranks.indexOf(needed)

export const notAllowed = "Your role doesn't allow this."

const mayChange = ({ role }: Of, operation: OperationId) => atLeast(role, operationRoles[operation])

export function isAllowed(of: Of, operation: OperationId): boolean {
  return mayChange(of, operation) && (!sendingOperations.includes(operation) || atLeast(of.role, of.sendRole))
}

/** The reason, for a person; null: it is allowed. */
export function whyNotAllowed(of: Of, operation: OperationId): string | null {
  if (isAllowed(of, operation)) return null
  if (!mayChange(of, operation)) return notAllowed
  return of.sendRole === 'owner'
    ? 'Only owners may send in this workspace.'
    : 'Only admins and owners may send in this workspace.'
}

export function useMay(): (operation: OperationId) => boolean {
  const workspace = useWorkspace()
  return operation => isAllowed(workspace, operation)
}

export function useWhyNot(): (operation: OperationId) => string | null {
  const workspace = useWorkspace()
  return operation => whyNotAllowed(workspace, operation)
}

/** Not `disabled`: the reason must be reachable by keyboard. */
const withReason = { 'data-disabled': true, 'aria-disabled': true } as const

interface ActProps {
  operation: OperationId
  /** another reason why it is not possible now */
  why?: string | null | undefined
}

/** A button that calls the operation: disabled, with the reason, where the role does not allow it. */
export function ActButton({
  operation,
  why = null,
  ...button
}: ActProps & ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps>) {
  const reason = useWhyNot()(operation) ?? why
  if (reason === null) return <Button {...button} />
  return (
    <Tooltip label={reason}>
      <Button {...button} type="button" {...withReason} onClick={event => event.preventDefault()} />
    </Tooltip>
  )
}

/** A link, in the look of a button, to the page on which the operation is called. */
export const ActLink = createLink(({ operation, ...link }: Native<ButtonProps> & { operation: OperationId }) => {
  const reason = useWhyNot()(operation)
  if (reason === null) return <Button component="a" {...link} />
  const { variant, size, mt, leftSection, children } = link
  return (
    <Tooltip label={reason}>
      <Button {...{ variant, size, mt, leftSection }} {...withReason} onClick={event => event.preventDefault()}>
        {children}
      </Button>
    </Tooltip>
  )
})

interface ItemProps extends ActProps {
  icon: ReactNode
  red?: boolean
  onClick?: () => void
  children: string
}

/** A menu item that calls the operation. The reason is below its label. */
export function ActItem({ operation, why = null, icon, red = false, onClick, children }: ItemProps) {
  const reason = useWhyNot()(operation) ?? why
  return (
    <Menu.Item
      leftSection={icon}
      {...(red && reason === null && { color: 'red' })}
      {...(reason !== null && { 'aria-disabled': true, c: 'dimmed', closeMenuOnClick: false })}
      onClick={reason === null ? onClick : undefined}
    >
      {children}
      {reason !== null && <div style={{ fontSize: 'var(--mantine-font-size-xs)' }}>{reason}</div>}
    </Menu.Item>
  )
}

/** Above a form that the role may only read. */
export function ReadOnlyNote({ operation }: { operation: OperationId }) {
  return <Note operation={operation} title="You can view this, but not change it." />
}

function Note({ operation, title }: { operation: OperationId; title: string }) {
  const may = useMay()
  if (may(operation)) return null
  return (
    <Alert variant="default" icon={<IconLock aria-hidden />} title={title}>
      {notAllowed} Ask an admin of the workspace.
    </Alert>
  )
}

/** What calls the operation as soon as it is shown: not shown where the role does not allow it. */
export function OnlyFor({ operation, children }: { operation: OperationId; children: ReactNode }) {
  const may = useMay()
  return may(operation) ? children : <Note operation={operation} title="Only some roles can view this." />
}

/** All controls of a form, disabled with a note above where the role may only read it. */
export function FormFor({ operation, children }: { operation: OperationId; children: ReactNode }) {
  const may = useMay()
  if (may(operation)) return children
  return (
    <>
      <ReadOnlyNote operation={operation} />
      <fieldset disabled style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        {children}
      </fieldset>
    </>
  )
}
