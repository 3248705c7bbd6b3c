/**
 * One setting of a gateway, as its kind describes it. What is entered stays as it is: a pasted user name that the input cut, or a port that it
 * replaced by the nearest, would be saved as another one. `wrongSettings` says what does not fit.
 */
import { Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core'
import type { SettingField } from './gatewaySettings.ts'

interface Props {
  field: SettingField
  /** a secret that is left empty stays as it is */
  isKept: boolean
  disabled: boolean
  /** value, error and events from the form */
  input: object
}

export function SettingInput({ field, isKept, disabled, input }: Props) {
  const { label, help, placeholder } = field
  const common = { label, disabled, ...(help !== undefined && { description: help }) }
  if (field.type === 'boolean') return <Checkbox {...common} {...input} />
  if (field.type === 'integer')
    return (
      <NumberInput {...common} clampBehavior="none" hideControls allowDecimal={false} thousandSeparator="" {...input} />
    )
  if (field.isSecret)
    return (
      <PasswordInput
        {...common}
        {...(isKept && { placeholder: 'As before' })}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': `Show or hide: ${label}` }}
        {...input}
      />
    )
  return <TextInput {...common} {...(placeholder !== undefined && { placeholder })} autoComplete="off" {...input} />
}
