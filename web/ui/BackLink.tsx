/** The way back, above the heading of a page: one look everywhere, whether it leads to an address or to where one came from. */
import { Anchor, type AnchorProps, VisuallyHidden } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'

type Props = AnchorProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> & { ref?: Ref<HTMLAnchorElement> }

const look = { size: 'sm', w: 'fit-content' } as const

/** A screen reader announces what it does, because the navigation has a link to the same target. */
export const BackLink = createLink(({ children, ...rest }: Props) => (
  <Anchor {...look} {...rest}>
    <span aria-hidden>← </span>
    <VisuallyHidden>Back to </VisuallyHidden>
    {children}
  </Anchor>
))

export function BackButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Anchor component="button" type="button" ta="left" {...look} onClick={onClick}>
      <span aria-hidden>← </span>
      {children}
    </Anchor>
  )
}
