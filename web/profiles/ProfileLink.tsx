/** The name of a profile in a list, linked to its page. A long name is cut after two lines. Right-to-left names are also aligned left. */
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
