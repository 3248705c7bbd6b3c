/**
 * How did it do, and what now? The four figures that people ask for first, each beside the usual one of the workspace, the way from targeted to
 * clicked, when people clicked and on what, and one next step.
 */
import { Text, Tooltip, UnstyledButton } from '@mantine/core'
import { IconArrowRight, IconCoins } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { channels } from '../../core/channels.ts'
import { figure, rate, rateOf, tooltipOf } from '../../core/report/figures.ts'
import { paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { count, money, none, percent, roundMoney } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Simulated } from '../ui/Simulated.tsx'
import { figureLooks, ink } from '../ui/status.ts'
import classes from './Answer.module.css'
import { ClickCurve } from './ClickCurve.tsx'
import { CreateSegmentMenu } from './CreateSegment.tsx'
import { Funnel } from './Funnel.tsx'
import { nextStep } from './nextStep.ts'
import { type Past, pastQuery, type Report } from './queries.ts'
import { useRemind } from './useRemind.tsx'
import { type Beside, besidePast } from './usual.ts'

export function Answer({ report }: { report: Report }) {
  const workspace = useWorkspace()
  const { data: past } = useQuery(pastQuery(workspace.id, report))
  const { figures } = report
  const step = nextStep(report)
  return (
    <Panel>
      <div className={classes.headlines}>
        <Headline
          name="delivered"
          report={report}
          past={past}
          usual={past?.deliveryRate}
          better="higher"
          tab="delivered"
        />
        <Headline
          name="unique"
          label="Clicked"
          report={report}
          past={past}
          usual={past?.clickRate}
          better="higher"
          tab="clicks"
        />
        <Headline
          name="unsubscribed"
          label="Unsubscribed"
          report={report}
          past={past}
          usual={past?.unsubscribedRate}
          better="lower"
          tab="unsubscribed"
        />
        {channels[report.channel].isCharged && <CostHeadline report={report} past={past} />}
      </div>
      <Funnel report={report} />
      {figures.sent > 0 && <ClickCurve report={report} />}
      {step && 'act' in step && (
        <Remind workspace={workspace.id} activity={Number(report.activity)} words={step.words} />
      )}
      {step && 'tab' in step && (
        <Link {...paths.report(workspace.id, report.activity, { tab: step.tab })} className={classes.next}>
          <span>{step.words}</span>
          <IconArrowRight size={16} aria-hidden />
        </Link>
      )}
    </Panel>
  )
}

function CostHeadline({ report: { figures, credits }, past }: { report: Report; past: Past | undefined }) {
  const perClicker = rate(Number(credits.money.charged), figures.unique)
  return (
    <div className={classes.headline} data-headline="cost">
      <Label tooltip="What was charged, and its share for each profile that clicked." Icon={IconCoins} color="gray">
        Cost
      </Label>
      <div className={classes.number}>{roundMoney(credits.money.charged, credits.currency)}</div>
      <Text size="sm">
        <Simulated when={credits.simulated} />
      </Text>
      <Rate
        words={perClicker === null ? 'no clicks yet' : `${money(perClicker.toFixed(4), credits.currency)} per clicker`}
        beside={besidePast(perClicker, past?.costPerClicker, past, 'lower', value =>
          money(value.toFixed(4), credits.currency),
        )}
      />
    </div>
  )
}

function Remind({ workspace, activity, words }: { workspace: number; activity: number; words: string }) {
  const { remind, dialog } = useRemind(workspace)
  return (
    <>
      {dialog}
      <ActButton
        operation="remindOfActivity"
        variant="light"
        mt="md"
        fullWidth
        justify="space-between"
        h="auto"
        mih={40}
        styles={{ label: { whiteSpace: 'normal', textAlign: 'start' } }}
        rightSection={<IconArrowRight size={16} aria-hidden />}
        onClick={() => remind(activity)}
      >
        {words}
      </ActButton>
    </>
  )
}

interface HeadlineProps {
  name: 'delivered' | 'unique' | 'unsubscribed'
  label?: string
  report: Report
  past: Past | undefined
  usual: number | null | undefined
  better: 'higher' | 'lower'
  tab: 'delivered' | 'clicks' | 'unsubscribed'
}

function Headline({ name, label, report, past, usual, better, tab }: HeadlineProps) {
  const workspace = useWorkspace()
  const { label: ownLabel, denominator } = figure(name)
  const { Icon, color } = figureLooks[name]
  const share = rateOf(name, report.figures)
  return (
    <div className={classes.headline} data-headline={name}>
      <Label tooltip={tooltipOf(name, report.channel)} Icon={Icon} color={color}>
        {label ?? ownLabel}
      </Label>
      <div className={classes.number}>
        <Link {...paths.report(workspace.id, report.activity, { tab })} className={classes.link}>
          {count(report.figures[name])}
        </Link>
        {report.figures[name] > 0 && (
          <CreateSegmentMenu report={report} people={[{ figure: name }]} name={label ?? ownLabel} />
        )}
      </div>
      <Rate
        words={share === null ? none : `${percent(share)} of ${figure(denominator ?? 'sent').label}`}
        beside={besidePast(share, usual, past, better, percent)}
      />
    </div>
  )
}

function Label(props: { tooltip: string; Icon: typeof IconCoins; color: string; children: ReactNode }) {
  const { tooltip, Icon, color, children } = props
  return (
    <Tooltip label={tooltip} position="top-start">
      <UnstyledButton component="button" type="button" className={classes.label}>
        <Icon size={16} stroke={1.9} color={ink(color)} aria-hidden />
        <span>{children}</span>
      </UnstyledButton>
    </Tooltip>
  )
}

function Rate({ words, beside }: { words: string; beside: Beside | null }) {
  return (
    <div className={classes.rate}>
      <Text size="sm" className="figures">
        {words}
      </Text>
      {beside && (
        <Tooltip label={beside.tooltip}>
          <UnstyledButton component="button" type="button" className={classes.beside} data-verdict={beside.verdict}>
            {beside.words}
          </UnstyledButton>
        </Tooltip>
      )}
    </div>
  )
}
