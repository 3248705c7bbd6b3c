/** The sentences of the opt-out page, in the languages of the people who get messages. */
import type { PageLanguage } from './plain-page.ts'

export interface OptOutWords {
  /** "Offers and News" */
  list(topics: readonly string[]): string
  stopTitle(brand: string): string
  ask(brand: string, topics: string): string
  askAll(brand: string): string
  stop: string
  stopAll(brand: string): string
  doneTitle: string
  done(brand: string, topics: string): string
  doneAll(brand: string): string
  undo: string
  undoUntil: string
  goneTitle(brand: string): string
  gone: string
  test: string
}

const english = new Intl.ListFormat('en', { type: 'conjunction' })
const swedish = new Intl.ListFormat('sv', { type: 'conjunction' })

export const optOutWords: Readonly<Record<PageLanguage, OptOutWords>> = {
  en: {
    list: topics => english.format(topics.map(topic => `“${topic}”`)),
    stopTitle: brand => `Stop messages from ${brand}?`,
    ask: (brand, topics) => `You will get no more text messages about ${topics} from ${brand}.`,
    askAll: brand => `You will get no more text messages from ${brand}.`,
    stop: 'Stop these messages',
    stopAll: brand => `Stop everything from ${brand}`,
    doneTitle: 'You are unsubscribed',
    done: (brand, topics) => `You will get no more text messages about ${topics} from ${brand}.`,
    doneAll: brand => `You will get no more text messages from ${brand}.`,
    undo: 'Undo',
    undoUntil: 'You can undo this for 10 minutes.',
    goneTitle: brand => `Messages from ${brand}`,
    gone: 'There is nothing to stop: your number is no longer kept here.',
    test: 'This link came with a test message, so there is nothing to stop.',
  },
  sv: {
    list: topics => swedish.format(topics.map(topic => `”${topic}”`)),
    stopTitle: brand => `Sluta få sms från ${brand}?`,
    ask: (brand, topics) => `Du får inga fler sms om ${topics} från ${brand}.`,
    askAll: brand => `Du får inga fler sms från ${brand}.`,
    stop: 'Sluta få dessa sms',
    stopAll: brand => `Sluta få allt från ${brand}`,
    doneTitle: 'Du är avregistrerad',
    done: (brand, topics) => `Du får inga fler sms om ${topics} från ${brand}.`,
    doneAll: brand => `Du får inga fler sms från ${brand}.`,
    undo: 'Ångra',
    undoUntil: 'Du kan ångra dig i 10 minuter.',
    goneTitle: brand => `Sms från ${brand}`,
    gone: 'Det finns inget att avsluta: ditt nummer finns inte längre kvar här.',
    test: 'Länken kom med ett testmeddelande, så det finns inget att avsluta.',
  },
}
