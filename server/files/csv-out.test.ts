import { expect, test } from 'vitest'
import { csvLine } from './csv-out.ts'

test('what a spreadsheet would run is made harmless; numbers and phones stay', () => {
  expect(csvLine(['=1+1', '+46701740605', '-5', '-5,25', '@x', '+cmd|x', 'a"b', 'a,b', 'x\ny', null, 7])).toBe(
    `'=1+1,+46701740605,-5,"-5,25",'@x,'+cmd|x,"a""b","a,b","x\ny",,7\r\n`,
  )
})
