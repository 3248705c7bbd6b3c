/** What a receipt may belong to. */

export interface ReceiptMatch {
  bucket: number
  activityId: number
  profileId: number
  n: number
  /** 0: the receipt is about all parts */
  part: number
  /** the person was erased: their number must not come in again with the receipt */
  erased?: boolean
}

/** An answer that gave an id. */
export interface Candidate extends ReceiptMatch {
  providerId: string
  address: string | null
  parts: number | null
  gatewayId: number
  at: Date
}

/** What was found; `whole`: other parts of the same attempt have the same id, so what is said of it is said of all. */
export interface FoundCandidate {
  one: Candidate
  whole: boolean
}
