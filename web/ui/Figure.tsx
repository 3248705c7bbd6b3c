/**
 * One figure of the report: its label, number and rate. Its texts and denominator come from core/report/figures.ts.
 * Hover, touch and focus show its definition. Its size does not depend on the number.
 */
import { Group, Text, Tooltip, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Channel } from '../../core/channels.ts'
import { type FigureKey, type Figures, figure, rateOf, tooltipOf } from '../../core/report/figures.ts'
import classes from './Figure.module.css'
import { count, none, percent } from './numbers.ts'
import { figureLooks, ink } from './status.ts'

interface Props {
  name: FigureKey
  channel: Channel
  values: Figures
  /** Makes the number a link to its list. */
  link?: ((number: string) => ReactNode) | undefined
  small?: boolean
  /** at the right of its label: what can be done with its people */
  beside?: ReactNode
}

export function Figure({ name, channel, values, link, small = false, beside }: Props) {
  const { label } = figure(name)
  const { Icon, color } = figureLooks[name]
  const number = count(values[name])
  return (
    <div className={classes.figure} data-small={small || undefined} data-figure={name}>
      <span className={classes.top}>
        <Tooltip label={tooltipOf(name, channel)} position="top-start">
          <UnstyledButton component="button" type="button" className={classes.label}>
            <Group gap={6} wrap="nowrap">
              <Icon size={16} stroke={1.9} color={ink(color)} aria-hidden />
              <span>{label}</span>
            </Group>
          </UnstyledButton>
        </Tooltip>
        {beside}
      </span>
      <div className={classes.number}>{link ? link(number) : number}</div>
      <Text size="xs" c="dimmed" className="figures" mih={18}>
        {rateWords(name, values)}
      </Text>
    </div>
  )
}

/** "88.0% of Sent", "CTR 10.0% of Delivered". Clicks are not a share of profiles: "0.12 per Delivered". */
function rateWords(name: FigureKey, values: Figures): string {
  const { denominator, rateLabel, counts } = figure(name)
  if (denominator === null) return ''
  const rate = rateOf(name, values)
  const base = figure(denominator).label
  if ('clicks' in counts) return `${rate === null ? none : rate.toFixed(2)} per ${base}`
  const abbreviation = rateLabel && /^[A-Z]+$/.test(rateLabel) ? `${rateLabel} ` : ''
  return `${abbreviation}${percent(rate)} of ${base}`
}
