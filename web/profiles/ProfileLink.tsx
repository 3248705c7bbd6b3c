/** The name of a profile in a list, which leads to it. Long names end after two lines; those written from right to left are aligned left too. */
import type { ReactNode } from 'react'
import { paths } from '../paths.ts'
import { TextLink } from '../ui/links.tsx'

export function ProfileLink({ workspace, id, children }: { workspace: number; id: number; children: ReactNode }) {
  return (
    <TextLink
      {...paths.profile(workspace, id)}
      inherit
      c="inherit"
      fw={500}
      dir="auto"
      ta="left"
      lineClamp={2}
      className="wrap-anywhere"
    >
      {children}
    </TextLink>
  )
}
