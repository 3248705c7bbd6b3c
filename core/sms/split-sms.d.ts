/** The peer that tests and benchmarks compare the splitter with; it brings no types of its own. */
declare module 'split-sms' {
  interface SplitResult {
    characterSet: 'GSM' | 'Unicode'
    parts: { content?: string; length: number; bytes: number }[]
    bytes: number
    length: number
  }
  const splitSms: { split(text: string, options?: { summary?: boolean }): SplitResult }
  export default splitSms
}
