/** The tabs at the left of the report, each with its figure. They are links, so that each list has its own address. */
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Figures } from '../../core/report/figures.ts'
import { tabs } from '../../core/report/tabs.ts'
import { paths } from '../paths.ts'
import type { ReportTab } from '../search.ts'
import { intoView } from '../ui/intoView.ts'
import { count } from '../ui/numbers.ts'
import classes from './ReportPage.module.css'

interface Props {
  workspace: number
  activity: number
  current: ReportTab
  figures: Figures | undefined
}

export function ReportTabs({ workspace, activity, current, figures }: Props) {
  const nav = useRef<HTMLElement>(null)
  const counted = figures !== undefined
  // The figures load after the labels and push the current tab out of view on a phone.
  useEffect(() => {
    if (counted) intoView(nav.current?.querySelector<HTMLElement>('[aria-current]') ?? null)
  }, [counted])
  const link = (key: ReportTab, label: string, figure?: number) => (
    <Link
      key={key}
      {...paths.report(workspace, activity, key === 'overview' ? {} : { tab: key })}
      className={classes.tab}
      activeOptions={{ exact: true, includeSearch: true }}
      activeProps={{}}
      aria-current={key === current ? 'page' : undefined}
      ref={key === current ? intoView : undefined}
      resetScroll={false}
    >
      <span>{label}</span>
      {figure !== undefined && <span className={classes.tabCount}>{count(figure)}</span>}
    </Link>
  )
  return (
    <nav ref={nav} aria-label="Report" className={classes.tabs}>
      {link('overview', 'Overview')}
      {link('charts', 'Charts')}
      {tabs.map(({ key, label, figure }) => link(key, label, figures?.[figure]))}
    </nav>
  )
}
