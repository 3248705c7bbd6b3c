/** The way back, above the heading of a page: one look everywhere, whether it leads to an address or to where one came from. */
import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'

type Props = AnchorProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> & { ref?: Ref<HTMLAnchorElement> }

const look = { size: 'sm', w: 'fit-content' } as const

export const BackLink = createLink(({ children, ...rest }: Props) => (
  <Anchor {...look} {...rest}>
    <Words>{children}</Words>
  </Anchor>
))

export function BackButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Anchor component="button" type="button" ta="left" {...look} onClick={onClick}>
      <Words>{children}</Words>
    </Anchor>
  )
}

function Words({ children }: { children: ReactNode }) {
  return (
    <>
      <span aria-hidden>← </span>
      {children}
    </>
  )
}
