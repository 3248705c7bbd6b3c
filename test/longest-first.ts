/**
 * The order of the test files. The longest start first, so that none of them runs alone at the end. Files that mostly wait are paired
 * with files that keep a core busy. The others follow by size. A file missing here only costs time.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** A file of the browser, then one that waits: the workers take them in this order. */
const first = [
  'e2e/pages.e2e.ts',
  'server/platform/postgres/embedded.db.test.ts',
  'e2e/roles.e2e.ts',
  'server/imports/import.db.test.ts',
  'e2e/segments.e2e.ts',
  'server/report/exports.db.test.ts',
  'e2e/charts.e2e.ts',
  'test/crash.db.test.ts',
  'e2e/lists.e2e.ts',
  'test/difficult-gateway.db.test.ts',
  'e2e/ring.e2e.ts',
  'test/pause.db.test.ts',
  'e2e/start.e2e.ts',
  'server/supervisor/start.db.test.ts',
  'e2e/profile.e2e.ts',
  'test/lease.db.test.ts',
  'e2e/wizard.e2e.ts',
  'test/test-sms.db.test.ts',
  'e2e/export.e2e.ts',
  'server/supervisor/npm.db.test.ts',
  'test/private.db.test.ts',
  'test/two-accounts.db.test.ts',
  'server/cli/report.db.test.ts',
  'test/ring.db.test.ts',
  'server/cli/gateway.db.test.ts',
  'test/held.db.test.ts',
  'test/ring-bucket.db.test.ts',
  'test/frozen-lane.db.test.ts',
  'test/poison.db.test.ts',
  'test/crash-decisions.db.test.ts',
  'test/stop-races.db.test.ts',
  'server/cli/account.db.test.ts',
  'test/replies.db.test.ts',
  'server/cli/send.db.test.ts',
  'server/hostile.db.test.ts',
  'test/upgrade.db.test.ts',
  'server/report/export-stalled.db.test.ts',
  'server/app-input.db.test.ts',
  'server/roles.db.test.ts',
  'test/lanes.db.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = first.indexOf(moduleId.slice(root.length + 1))
      return place < 0 ? first.length : place
    }
    const bySize = await super.sort(files)
    return bySize
      .map((file, i) => ({ file, i, place: placeOf(file) }))
      .sort(
        (a, b) =>
          a.file.project.config.sequence.groupOrder - b.file.project.config.sequence.groupOrder ||
          a.place - b.place ||
          a.i - b.i,
      )
      .map(({ file }) => file)
  }
}
