/** One setting of a gateway, as its kind describes it. */
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
  const { label, help, placeholder, maxLength, min, max } = field
  const common = { label, disabled, ...(help !== undefined && { description: help }) }
  const length = maxLength === undefined ? {} : { maxLength }
  if (field.type === 'boolean') return <Checkbox {...common} {...input} />
  if (field.type === 'integer')
    return (
      <NumberInput
        {...common}
        {...(min !== undefined && { min })}
        {...(max !== undefined && { max })}
        hideControls
        allowDecimal={false}
        thousandSeparator=""
        {...input}
      />
    )
  if (field.isSecret)
    return (
      <PasswordInput
        {...common}
        {...length}
        {...(isKept && { placeholder: 'As before' })}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': `Show or hide: ${label}` }}
        {...input}
      />
    )
  return (
    <TextInput
      {...common}
      {...length}
      {...(placeholder !== undefined && { placeholder })}
      autoComplete="off"
      {...input}
    />
  )
}
