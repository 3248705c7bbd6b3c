/**
 * All pages with their addresses and the state kept there. The code of a page loads when it is opened.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from '@tanstack/react-router'
import { sorts } from '../core/activities/sorts.ts'
import { activityStates } from '../core/activities/states.ts'
import { type ChartSpan, spanNames } from '../core/report/curves.ts'
import { bounceKindNames as bounces } from '../core/report/tabs.ts'
import { segmentSorts } from '../core/segments/segment-sorts.ts'
import { queryClient } from './api/queryClient.ts'
import { readIds, writeIds } from './report/compare/ids.ts'
import { reportQuery } from './report/queries.ts'
import {
  type AuditSearch,
  currentReason,
  dayOf,
  listSearch,
  type NewSegmentSearch,
  oneOfSearch,
  present,
  type ReportSearch,
  reportTabs,
  type SegmentsSearch,
  type StartSearch,
  textOfSearch,
} from './search.ts'
import { meQuery } from './shell/me.ts'
import { PageFailed, PageMissing } from './shell/PageFailed.tsx'
import { Shell } from './shell/Shell.tsx'

const root = createRootRoute({ notFoundComponent: PageMissing })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./shell/FirstWorkspacePage.tsx'), 'FirstWorkspacePage'),
  loader: async () => {
    const { workspaces } = await queryClient.ensureQueryData(meQuery)
    const first = workspaces[0]
    if (first) throw redirect({ to: '/w/$workspace/sms', params: { workspace: String(first.id) } })
  },
})
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./shell/SignInPage.tsx'), 'SignInPage'),
  validateSearch: (search: Record<string, unknown>): { back?: string; problem?: string } =>
    present({ back: textOfSearch(search.back), problem: textOfSearch(search.problem) }),
})
const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspace',
  component: Shell,
  notFoundComponent: PageMissing,
  loader: async ({ params }) => {
    const { workspaces } = await queryClient.ensureQueryData(meQuery)
    if (!workspaces.some(({ id }) => String(id) === params.workspace)) throw notFound()
  },
  beforeLoad: ({ params, location }) => {
    if (/^\/w\/[^/]+\/?$/.test(location.pathname)) throw redirect({ to: '/w/$workspace/sms', params })
  },
})
const start = createRoute({
  getParentRoute: () => workspace,
  path: 'sms',
  component: lazyRouteComponent(() => import('./activities/StartPage.tsx'), 'StartPage'),
  validateSearch: (search: Record<string, unknown>): StartSearch =>
    present({
      ...listSearch(search),
      tab: oneOfSearch(['drafts', 'sent'], search.tab),
      sort: oneOfSearch(sorts, search.sort),
      state: oneOfSearch(activityStates, search.state),
      from: dayOf(search.from),
      to: dayOf(search.to),
    }),
})
const edit = createRoute({
  getParentRoute: () => workspace,
  path: 'sms/$activity/edit/$step',
  component: lazyRouteComponent(() => import('./activities/WizardPage.tsx'), 'WizardPage'),
})
const report = createRoute({
  getParentRoute: () => workspace,
  path: 'sms/$activity/report',
  component: lazyRouteComponent(() => import('./report/ReportPage.tsx'), 'ReportPage'),
  // Loads in parallel with the page's code and the session. The page shows an error.
  loader: ({ params }) => {
    const activity = Number(params.activity)
    if (Number.isSafeInteger(activity)) void queryClient.prefetchQuery(reportQuery(Number(params.workspace), activity))
  },
  validateSearch: (search: Record<string, unknown>): ReportSearch =>
    present({
      ...listSearch(search),
      tab: oneOfSearch(reportTabs, search.tab),
      link: Number(search.link) || undefined,
      bots: search.bots === true || undefined,
      sort: oneOfSearch(['name'], search.sort),
      bounce: oneOfSearch(bounces, search.bounce),
      reason: currentReason(search.reason),
      span: oneOfSearch(spanNames, search.span),
      per: oneOfSearch(['total', 'interval'], search.per),
    }),
})
const compare = createRoute({
  getParentRoute: () => workspace,
  path: 'sms/compare',
  component: lazyRouteComponent(() => import('./report/compare/ComparePage.tsx'), 'ComparePage'),
  validateSearch: (search: Record<string, unknown>): { ids?: string | number; span?: ChartSpan } =>
    present({ ids: writeIds(readIds(search.ids)), span: oneOfSearch(spanNames, search.span) }),
})
const profiles = createRoute({
  getParentRoute: () => workspace,
  path: 'profiles',
  component: lazyRouteComponent(() => import('./profiles/ProfilesPage.tsx'), 'ProfilesPage'),
  validateSearch: listSearch,
})
const profile = createRoute({
  getParentRoute: () => workspace,
  path: 'profiles/$profile',
  component: lazyRouteComponent(() => import('./profiles/ProfilePage.tsx'), 'ProfilePage'),
  // the pages of its messages
  validateSearch: listSearch,
})
const segments = createRoute({
  getParentRoute: () => workspace,
  path: 'segments',
  component: lazyRouteComponent(() => import('./segments/SegmentsPage.tsx'), 'SegmentsPage'),
  validateSearch: (search: Record<string, unknown>): SegmentsSearch =>
    present({
      ...listSearch(search),
      sort: oneOfSearch(segmentSorts, search.sort),
      archived: search.archived === true || undefined,
    } as SegmentsSearch),
})
const newSegment = createRoute({
  getParentRoute: () => workspace,
  path: 'segments/new',
  component: lazyRouteComponent(() => import('./segments/BuilderPage.tsx'), 'NewSegmentPage'),
  validateSearch: (search: Record<string, unknown>): NewSegmentSearch =>
    present({ from: search.from, name: textOfSearch(search.name)?.slice(0, 100) }),
})
const segmentFromList = createRoute({
  getParentRoute: () => workspace,
  path: 'segments/from-list',
  component: lazyRouteComponent(() => import('./segments/FromListPage.tsx'), 'FromListPage'),
})
const segmentList = createRoute({
  getParentRoute: () => workspace,
  path: 'segments/lists/$list',
  component: lazyRouteComponent(() => import('./segments/SegmentListPage.tsx'), 'SegmentListPage'),
})
const segment = createRoute({
  getParentRoute: () => workspace,
  path: 'segments/$segment',
  component: lazyRouteComponent(() => import('./segments/BuilderPage.tsx'), 'SegmentPage'),
})
const imports = createRoute({
  getParentRoute: () => workspace,
  path: 'imports',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./imports/ImportsPage.tsx'), 'ImportsPage'),
})
const newImport = createRoute({
  getParentRoute: () => workspace,
  path: 'imports/new',
  component: lazyRouteComponent(() => import('./imports/NewImportPage.tsx'), 'NewImportPage'),
})
const oneImport = createRoute({
  getParentRoute: () => workspace,
  path: 'imports/$import',
  component: lazyRouteComponent(() => import('./imports/ImportPage.tsx'), 'ImportPage'),
})
const settings = createRoute({
  getParentRoute: () => workspace,
  path: 'settings',
  beforeLoad: ({ params, location }) => {
    if (/\/settings\/?$/.test(location.pathname))
      throw redirect({ to: '/w/$workspace/settings/general', params, replace: true })
  },
  component: lazyRouteComponent(() => import('./settings/SettingsPage.tsx'), 'SettingsPage'),
})
const gateways = createRoute({
  getParentRoute: () => settings,
  path: 'gateways',
  component: lazyRouteComponent(() => import('./settings/GatewaysSection.tsx'), 'GatewaysSection'),
})
const topics = createRoute({
  getParentRoute: () => settings,
  path: 'topics',
  component: lazyRouteComponent(() => import('./settings/TopicsSection.tsx'), 'TopicsSection'),
})
const tags = createRoute({
  getParentRoute: () => settings,
  path: 'tags',
  component: lazyRouteComponent(() => import('./settings/TagsSection.tsx'), 'TagsSection'),
})
const attributes = createRoute({
  getParentRoute: () => settings,
  path: 'attributes',
  component: lazyRouteComponent(() => import('./settings/AttributesSection.tsx'), 'AttributesSection'),
})
const website = createRoute({
  getParentRoute: () => settings,
  path: 'website',
  component: lazyRouteComponent(() => import('./settings/WebsiteSection.tsx'), 'WebsiteSection'),
})
const general = createRoute({
  getParentRoute: () => settings,
  path: 'general',
  component: lazyRouteComponent(() => import('./settings/GeneralSection.tsx'), 'GeneralSection'),
})
const unmatched = createRoute({
  getParentRoute: () => settings,
  path: 'unmatched',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./settings/UnmatchedSection.tsx'), 'UnmatchedSection'),
})
const apiKeys = createRoute({
  getParentRoute: () => settings,
  path: 'api-keys',
  component: lazyRouteComponent(() => import('./settings/ApiKeysSection.tsx'), 'ApiKeysSection'),
})
const members = createRoute({
  getParentRoute: () => settings,
  path: 'members',
  component: lazyRouteComponent(() => import('./settings/MembersSection.tsx'), 'MembersSection'),
})
const audit = createRoute({
  getParentRoute: () => settings,
  path: 'audit',
  validateSearch: (search: Record<string, unknown>): AuditSearch =>
    present({
      ...listSearch(search),
      action: textOfSearch(search.action),
      actor: textOfSearch(search.actor),
      from: dayOf(search.from),
      to: dayOf(search.to),
    } as AuditSearch),
  component: lazyRouteComponent(() => import('./settings/AuditSection.tsx'), 'AuditSection'),
})
const account = createRoute({
  getParentRoute: () => settings,
  path: 'account',
  component: lazyRouteComponent(() => import('./settings/AccountSection.tsx'), 'AccountSection'),
})

const tree = root.addChildren([
  home,
  signIn,
  workspace.addChildren([
    start,
    edit,
    report,
    compare,
    profiles,
    profile,
    segments,
    newSegment,
    segmentFromList,
    segmentList,
    segment,
    imports,
    newImport,
    oneImport,
    settings.addChildren([
      general,
      gateways,
      unmatched,
      topics,
      tags,
      attributes,
      website,
      members,
      apiKeys,
      audit,
      account,
    ]),
  ]),
])

export const router = createRouter({
  routeTree: tree,
  defaultErrorComponent: PageFailed,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
