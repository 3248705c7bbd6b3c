/** Signing in and out. */
import { answer, api } from './client.ts'

export const signIn = (email: string, password: string) =>
  answer(api.POST('/api/auth/sign-in/email', { body: { email, password } }))

export const signOut = () => answer(api.POST('/api/auth/sign-out', { body: {} }))
