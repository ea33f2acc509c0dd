import type { Addressee } from '../domain/notice.ts'
import { checkFields, checkList, checkObject, checkText, type Field } from './check.ts'
import { checkOwner } from './parse-integration.ts'

/** Checks whom the host names: at most 64, and of two that are the same one. Throws `OWNER_INVALID`. */
export function parseRecipients(value: unknown): readonly Addressee[] {
  const list = checkList(value, recipient('recipients'), 64)
  return distinct(list.map((entry, index) => addresseeOf(entry, `recipients[${index}]`)))
}

/** Each once. Of addresses of mail the letter case says nothing. */
export function distinct(all: readonly Addressee[]): readonly Addressee[] {
  const keyOf = ({ channel, to }: Addressee) => `${channel} ${channel === 'mail' ? to.toLowerCase() : to}`
  const keys = all.map(keyOf)
  return all.filter((one, index) => keys.indexOf(keyOf(one)) === index)
}

function addresseeOf(value: unknown, name: string): Addressee {
  if (checkObject(value, recipient(name)).channel === undefined) return byMail(value, name)
  const { channel, address } = checkFields(value, recipient(name), ['channel', 'address'])
  if (channel === 'mail') return byMail({ email: address }, name)
  return {
    channel: checkText(channel, recipient(`${name}.channel`), 64),
    to: checkText(address, recipient(`${name}.address`), 256),
  }
}

function byMail(value: unknown, name: string): Addressee {
  return { channel: 'mail', to: checkOwner(value, name).email }
}

function recipient(name: string): Field {
  return { code: 'OWNER_INVALID', name }
}
