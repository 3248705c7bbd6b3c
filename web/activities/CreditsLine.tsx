/** Credits in one calm line: what is left, or (without a limit) what was spent this month; what is reserved is shown beside it. */
import { Skeleton, Text, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { credits, money } from '../ui/numbers.ts'
import { creditsQuery } from './queries.ts'

export function CreditsLine({ workspace }: { workspace: number }) {
  const { data, error } = useQuery(creditsQuery(workspace))
  if (error && !data) return 'The credits cannot be read at the moment.'
  if (!data) return <Skeleton height={12} my={5} width={280} maw="100%" />
  const amount = ({ credits: n, money: value }: { credits: string; money: string }) =>
    `${credits(n)} ${n === '1.0000' ? 'credit' : 'credits'} (${money(value, data.currency)})`
  const { credits: simulatedCredits } = data.simulatedThisMonth
  const simulated =
    Number(simulatedCredits) === 0
      ? ''
      : simulatedCredits === data.spentThisMonth.credits && !data.available
        ? ' (all simulated)'
        : ` (${credits(simulatedCredits)} simulated this month)`
  return (
    <span className="figures">
      {data.available ? (
        <Hint label="Granted credits that are neither spent nor reserved.">
          {amount(data.available)} available{simulated}
        </Hint>
      ) : (
        <Hint label="No credit limit is set. This is the amount spent since the first of the month.">
          {amount(data.spentThisMonth)} spent this month, no limit set{simulated}
        </Hint>
      )}
      {Number(data.reserved.credits) !== 0 && (
        <>
          {' · '}
          <Hint label="Reserved for SMS that are being sent. Unused credits are released at the end.">
            {amount(data.reserved)} reserved
          </Hint>
        </>
      )}
    </span>
  )
}

function Hint({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <Text span inherit tabIndex={0}>
        {children}
      </Text>
    </Tooltip>
  )
}
