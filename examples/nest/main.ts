import 'reflect-metadata'
import { Controller, HttpCode, HttpException, Inject, Module, Param, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Hookward } from '../../src/index.ts'
import { paid, refusalOf, type Topics } from '../hosts/hookward.ts'
import { HOOKWARD, HookwardModule } from './hookward.module.ts'

@Controller('invoices')
class InvoicesController {
  readonly #hookward: Hookward<Topics>

  constructor(@Inject(HOOKWARD) hookward: Hookward<Topics>) {
    this.#hookward = hookward
  }

  @Post(':id/paid')
  @HttpCode(202)
  async paid(@Param('id') id: string) {
    try {
      return await paid(this.#hookward, id)
    } catch (error) {
      const { status, code } = refusalOf(error)
      throw new HttpException({ code }, status, { cause: error })
    }
  }
}

@Module({ imports: [HookwardModule], controllers: [InvoicesController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error'] })
// On SIGTERM: no new request, then `onApplicationShutdown` of every module.
app.enableShutdownHooks([], { useProcessExit: true })
await app.listen(Number(process.env.PORT ?? 3_000), '127.0.0.1')
console.log(`listening on ${new URL(await app.getUrl()).port}`)
