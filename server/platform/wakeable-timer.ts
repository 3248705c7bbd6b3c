/** A pause that somebody can end: for what works in a loop and is woken by what comes in. In real time. */
export class Nap {
  #wake: () => void = () => {}

  /** Until the time has passed, or until it is woken. One at a time. */
  take(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends the pause that is under way, if there is one. */
  wake(): void {
    this.#wake()
  }
}
