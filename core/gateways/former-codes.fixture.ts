/** Codes as versions without prefixes stored them, and as they are now: the TypeScript and the migration are held to the same list. */
export const formerCodes: readonly (readonly [string, string])[] = [
  ['0x0B', 'smpp:0x0b'],
  ['0x0000000B', 'smpp:0x0b'],
  ['0x00', 'smpp:0x00'],
  ['0x100', 'smpp:0x100'],
  ['0xFFFFFFFF', 'smpp:0xffffffff'],
  ['DELIVRD', 'dlr:delivrd'],
  ['UNDELIV/001', 'dlr:undeliv/001'],
  ['UNDELIV/gsm:1', 'gsm:1'],
  ['REJECTD/gsm:27', 'gsm:27'],
  ['UNDELIV/gsm:099', 'dlr:undeliv/gsm:099'],
  ['UNDELIV/vonage:3', 'vonage:3'],
  ['GLORP', 'dlr:glorp'],
  ['42', 'dlr:42'],
  ['', 'dlr:none'],
  ['no_answer', 'homing:no_answer'],
  ['opted_out', 'homing:opted_out'],
]
