/** The sentences of the opt-out page, in the languages of the people who get messages. */
import type { Channel } from '../../core/channels.ts'
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

interface Nouns {
  messages: string
  address: string
}
const nouns: Readonly<Record<PageLanguage, Readonly<Record<Channel, Nouns>>>> = {
  en: {
    sms: { messages: 'text messages', address: 'your number' },
    email: { messages: 'e-mails', address: 'your address' },
  },
  sv: {
    sms: { messages: 'sms', address: 'ditt nummer' },
    email: { messages: 'mejl', address: 'din adress' },
  },
}

const sentences: Readonly<Record<PageLanguage, (of: Nouns, isSms: boolean) => OptOutWords>> = {
  en: ({ messages, address }, isSms) => ({
    list: topics => english.format(topics.map(topic => `“${topic}”`)),
    stopTitle: brand => `Stop ${isSms ? 'messages' : messages} from ${brand}?`,
    ask: (brand, topics) => `You will get no more ${messages} about ${topics} from ${brand}.`,
    askAll: brand => `You will get no more ${messages} from ${brand}.`,
    stop: `Stop these ${isSms ? 'messages' : messages}`,
    stopAll: brand => (isSms ? `Stop everything from ${brand}` : `Stop all ${messages} from ${brand}`),
    doneTitle: 'You are unsubscribed',
    done: (brand, topics) => `You will get no more ${messages} about ${topics} from ${brand}.`,
    doneAll: brand => `You will get no more ${messages} from ${brand}.`,
    undo: 'Undo',
    undoUntil: 'You can undo this for 10 minutes.',
    goneTitle: brand => `${isSms ? 'Messages' : 'E-mails'} from ${brand}`,
    gone: `There is nothing to stop: ${address} is no longer kept here.`,
    test: 'This link came with a test message, so there is nothing to stop.',
  }),
  sv: ({ messages, address }, isSms) => ({
    list: topics => swedish.format(topics.map(topic => `”${topic}”`)),
    stopTitle: brand => `Sluta få ${messages} från ${brand}?`,
    ask: (brand, topics) => `Du får inga fler ${messages} om ${topics} från ${brand}.`,
    askAll: brand => `Du får inga fler ${messages} från ${brand}.`,
    stop: `Sluta få dessa ${messages}`,
    stopAll: brand => (isSms ? `Sluta få allt från ${brand}` : `Sluta få alla ${messages} från ${brand}`),
    doneTitle: 'Du är avregistrerad',
    done: (brand, topics) => `Du får inga fler ${messages} om ${topics} från ${brand}.`,
    doneAll: brand => `Du får inga fler ${messages} från ${brand}.`,
    undo: 'Ångra',
    undoUntil: 'Du kan ångra dig i 10 minuter.',
    goneTitle: brand => `${isSms ? 'Sms' : 'Mejl'} från ${brand}`,
    gone: `Det finns inget att avsluta: ${address} finns inte längre kvar här.`,
    test: 'Länken kom med ett testmeddelande, så det finns inget att avsluta.',
  }),
}

export function optOutWords(language: PageLanguage, channel: Channel): OptOutWords {
  return sentences[language](nouns[language][channel], channel === 'sms')
}
