/** What `verify` tells: something stored does not follow from the facts. */
export interface Difference {
  /** "message 12/345: status", "activity 12: tally delivered", "profile 5: consent to topic 3 on sms" */
  what: string
  stored: string | number | boolean | null
  computed: string | number | boolean | null
}
