/** The consents of a profile by topic and channel, with their history. */
import { Box, Text, Timeline } from '@mantine/core'
import { Fragment } from 'react'
import { channels, isChannel } from '../../core/channels.ts'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { consentLooks } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import classes from './Profile.module.css'
import type { ProfileView } from './queries.ts'
import { evidenceOf } from './words.ts'

type Consent = ProfileView['consents'][number]

export function Consents({ view: { consents, optOuts } }: { view: ProfileView }) {
  const current = [...new Map(consents.toReversed().map(one => [`${one.topic} ${one.channel}`, one])).values()].sort(
    (a, b) => a.topic.localeCompare(b.topic),
  )
  const outranked = ({ topic, channel }: Consent) =>
    optOuts.some(
      one => one.channel === channel && one.releasedAt === null && (one.topic === null || one.topic === topic),
    )
  return (
    <Panel title="Consent">
      {current.length === 0 ? (
        <Text size="sm" c="dimmed">
          This profile has no consent, so it gets no SMS. Add consent under Actions, with an import or through the API.
        </Text>
      ) : (
        <>
          <dl className={classes.topics}>
            {current.map(one => (
              <Fragment key={`${one.topic} ${one.channel}`}>
                <dt>
                  {one.topic}
                  <Text size="xs" c="dimmed" component="div">
                    {channelOf(one)}, <Time at={one.at} />
                  </Text>
                </dt>
                <dd>
                  <StatusBadge look={one.granted && outranked(one) ? consentLooks.outranked : lookOf(one)} />
                </dd>
              </Fragment>
            ))}
          </dl>
          <Box mt="md">
            <Unfold label={`History (${consents.length})`} aria-label={`History of consent (${consents.length})`}>
              <Timeline bulletSize={18} lineWidth={1} active={-1} aria-label="Consent, newest first">
                {consents.map(one => {
                  const look = lookOf(one)
                  return (
                    <Timeline.Item
                      key={`${one.topic} ${one.channel} ${one.at}`}
                      bullet={<look.Icon size={12} aria-hidden />}
                    >
                      <Text size="sm" component="div" className="wrap-anywhere">
                        {one.granted ? 'Yes' : 'No'} to {one.topic} by {channelOf(one)}
                      </Text>
                      <Text size="xs" c="dimmed" component="div" className="wrap-anywhere">
                        <Time at={one.at} exact />, {evidenceOf(one)}
                      </Text>
                    </Timeline.Item>
                  )
                })}
              </Timeline>
            </Unfold>
          </Box>
        </>
      )}
    </Panel>
  )
}

const lookOf = ({ granted }: Consent) => (granted ? consentLooks.yes : consentLooks.no)
const channelOf = ({ channel }: Consent) => (isChannel(channel) ? channels[channel].words.channel : channel)
