/** A description list of names and values. */
import type { ReactNode } from 'react'
import classes from './Facts.module.css'

export type Fact = readonly [name: string, value: ReactNode]

export function Facts({ facts }: { facts: readonly (Fact | null | false | undefined)[] }) {
  return (
    <dl className={classes.list}>
      {facts.map(
        fact =>
          fact && (
            <div key={fact[0]} className={classes.fact}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
