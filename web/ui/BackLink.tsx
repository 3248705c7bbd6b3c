/** The back link above the heading of a page, to a fixed address or to the previous page. */
import { Anchor, type AnchorProps, VisuallyHidden } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'

type Props = AnchorProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> & { ref?: Ref<HTMLAnchorElement> }

const look = { size: 'sm', w: 'fit-content' } as const

/** Tells the link apart for screen readers, because the navigation links to the same page. */
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
