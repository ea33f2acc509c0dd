import { HookwardError } from '../domain/errors.ts'
import type { Installation, InstallationId, Integration, IntegrationId } from '../domain/integration.ts'
import type { Candidate } from '../policy/subscription.ts'
import { Groups } from './groups.ts'

/** So many addresses are not taken apart again for the next delivery that goes there. */
const originsMax = 4_096

/** Who is registered and where each is installed: the store's catalogue, in memory. */
export class Catalogue {
  readonly #integrations = new Map<IntegrationId, Integration>()
  readonly #installations = new Map<InstallationId, Installation>()
  readonly #origins = new Map<string, string>()
  readonly #byOrganization = new Groups<Installation>()
  readonly #byIntegration = new Groups<Installation>()

  put(integration: Integration): void {
    this.#integrations.set(integration.id, integration)
  }

  install(installation: Installation): void {
    this.#installations.set(installation.uuid, installation)
    this.#byOrganization.put(installation.organization, installation)
    this.#byIntegration.put(installation.integrationId, installation)
  }

  uninstall({ uuid, organization, integrationId }: Installation): void {
    this.#installations.delete(uuid)
    this.#byOrganization.drop(organization, uuid)
    this.#byIntegration.drop(integrationId, uuid)
  }

  /** Takes an integration away, with its installations. */
  remove(id: IntegrationId): void {
    for (const installation of this.installationsOf(id)) this.uninstall(installation)
    this.#integrations.delete(id)
  }

  integrations(): readonly Integration[] {
    return [...this.#integrations.values()]
  }

  integration(id: IntegrationId): Integration | undefined {
    return this.#integrations.get(id)
  }

  installation(uuid: InstallationId): Installation | undefined {
    return this.#installations.get(uuid)
  }

  installations(): readonly Installation[] {
    return [...this.#installations.values()]
  }

  installationsOf(id: IntegrationId): readonly Installation[] {
    return this.#byIntegration.of(id)
  }

  /** An integration is installed at most once in an organisation. */
  installationIn(id: IntegrationId, organization: string): Installation | undefined {
    return this.installationsOf(id).find((installation) => installation.organization === organization)
  }

  /** Every installation of an organisation with its integration, in the order they were installed. */
  candidates(organization: string): readonly Candidate[] {
    return this.#byOrganization.of(organization).map((installation) => ({
      installation,
      integration: this.known(installation.integrationId),
    }))
  }

  /** Throws `INTEGRATION_UNKNOWN` for one that is not registered. */
  known(id: IntegrationId): Integration {
    const integration = this.#integrations.get(id)
    if (integration === undefined)
      throw new HookwardError('INTEGRATION_UNKNOWN', `no integration ${JSON.stringify(id)} is registered`)
    return integration
  }

  /** Scheme, host and port its deliveries go to. */
  originOf(id: IntegrationId): string {
    const { url } = this.known(id)
    const known = this.#origins.get(url)
    if (known !== undefined) return known
    const { origin } = new URL(url)
    if (this.#origins.size >= originsMax) this.#origins.clear()
    this.#origins.set(url, origin)
    return origin
  }
}
