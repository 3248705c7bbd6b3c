/** A pause of a loop that new work can end early. In real time. */
export class WakeableTimer {
  #wake: () => void = () => {}

  /** Resolves after the time or at the next `wake()`. Only one sleep at a time. */
  sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends the current sleep, if there is one. */
  wake(): void {
    this.#wake()
  }
}
