import { expect, it } from 'vitest'
import { mailChannel } from '../../src/adapters/nodemailer/mail-channel.ts'
import { nodemailerMailer } from '../../src/adapters/nodemailer/mailer.ts'
import { bounded } from '../../src/engine/channels.ts'
import type { Channel } from '../../src/index.ts'
import { aMessage, channelContract } from '../contracts/channel.ts'
import { startChat } from '../support/chat.ts'
import { startSmtp } from '../support/smtp.ts'

channelContract('mail', async () => {
  const smtp = await startSmtp()
  return {
    channel: mailChannel(nodemailerMailer({ url: smtp.url, from: 'hooks@example.com' })),
    address: 'ops@acme.test',
    arrived: () => smtp.mails.map(({ messageId: id, to, text }) => ({ id, to: to.join(), text })),
    refuse: (how) => smtp.refuse(how === 'for good' ? 550 : 451, 'not now'),
    accept: () => smtp.accept(),
    end: () => smtp.close(),
  }
})

channelContract('a chat of the host', async () => {
  const { channel, server, arrived } = await startChat()
  return {
    channel: bounded(channel),
    address: '#ops',
    arrived,
    refuse: (how) => server.answer(how === 'for good' ? 404 : 503),
    accept: () => server.answer(200),
    end: () => server.close(),
  }
})

it('gives up one that hangs after the time it has', async () => {
  const channel = bounded(hanging(), 20)
  await expect(channel.send(aMessage())).rejects.toThrow('the channel did not answer within 0.02 s')
})

it('gives up one that hangs when it is closed, and everything after that', async () => {
  const channel = bounded(hanging())
  const sending = channel.send(aMessage())
  await channel.close?.()
  await expect(sending).rejects.toThrow('the channel was cut off')
  await expect(channel.send(aMessage())).rejects.toThrow('the channel was cut off')
})

function hanging(): Channel {
  return { send: () => new Promise(() => undefined) }
}
