import { HookwardError } from '../domain/errors.ts'
import type { Installation, InstallationId, Integration, IntegrationId } from '../domain/integration.ts'
import type { Candidate } from '../policy/subscription.ts'

/** What is worked out once per integration rather than once per attempt. */
interface Prepared {
  readonly integration: Integration
  readonly origin: string
}

/** Who is registered and where each is installed: the store's catalogue, in memory. */
export class Catalogue {
  readonly #integrations = new Map<IntegrationId, Prepared>()
  readonly #installations = new Map<InstallationId, Installation>()
  readonly #byOrganization = new Map<string, Map<InstallationId, Installation>>()
  readonly #byIntegration = new Map<IntegrationId, Map<InstallationId, Installation>>()

  put(integration: Integration): void {
    this.#integrations.set(integration.id, { integration, origin: new URL(integration.url).origin })
  }

  install(installation: Installation): void {
    this.#installations.set(installation.uuid, installation)
    indexOf(this.#byOrganization, installation.organization).set(installation.uuid, installation)
    indexOf(this.#byIntegration, installation.integrationId).set(installation.uuid, installation)
  }

  uninstall({ uuid, organization, integrationId }: Installation): void {
    this.#installations.delete(uuid)
    drop(this.#byOrganization, organization, uuid)
    drop(this.#byIntegration, integrationId, uuid)
  }

  /** Takes an integration away, with its installations. */
  remove(id: IntegrationId): void {
    for (const installation of this.installationsOf(id)) this.uninstall(installation)
    this.#integrations.delete(id)
  }

  integrations(): readonly Integration[] {
    return [...this.#integrations.values()].map(({ integration }) => integration)
  }

  integration(id: IntegrationId): Integration | undefined {
    return this.#integrations.get(id)?.integration
  }

  installation(uuid: InstallationId): Installation | undefined {
    return this.#installations.get(uuid)
  }

  installations(): readonly Installation[] {
    return [...this.#installations.values()]
  }

  installationsOf(id: IntegrationId): readonly Installation[] {
    return [...(this.#byIntegration.get(id)?.values() ?? [])]
  }

  /** An integration is installed at most once in an organisation. */
  installationIn(id: IntegrationId, organization: string): Installation | undefined {
    return this.installationsOf(id).find((installation) => installation.organization === organization)
  }

  /** Every installation of an organisation with its integration, in the order they were installed. */
  candidates(organization: string): readonly Candidate[] {
    const installations = [...(this.#byOrganization.get(organization)?.values() ?? [])]
    return installations.map((installation) => ({
      installation,
      integration: this.known(installation.integrationId),
    }))
  }

  /** Throws `INTEGRATION_UNKNOWN` for one that is not registered. */
  known(id: IntegrationId): Integration {
    return this.#prepared(id).integration
  }

  /** Scheme, host and port its deliveries go to. */
  originOf(id: IntegrationId): string {
    return this.#prepared(id).origin
  }

  #prepared(id: IntegrationId): Prepared {
    const prepared = this.#integrations.get(id)
    if (prepared === undefined)
      throw new HookwardError('INTEGRATION_UNKNOWN', `no integration ${JSON.stringify(id)} is registered`)
    return prepared
  }
}

type Index = Map<string, Map<InstallationId, Installation>>

function indexOf(index: Index, key: string): Map<InstallationId, Installation> {
  const known = index.get(key) ?? new Map<InstallationId, Installation>()
  index.set(key, known)
  return known
}

function drop(index: Index, key: string, uuid: InstallationId): void {
  const known = index.get(key)
  known?.delete(uuid)
  if (known?.size === 0) index.delete(key)
}
