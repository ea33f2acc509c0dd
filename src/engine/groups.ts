/**
 * Values by group, each group in the order its values came. Most groups have one value, and a map for each would take
 * more memory than all that is in it.
 */
export class Groups<Value extends { readonly uuid: string }> {
  readonly #alone = new Map<string, Value>()
  readonly #many = new Map<string, Map<string, Value>>()

  put(group: string, value: Value): void {
    const alone = this.#alone.get(group)
    const many = this.#many.get(group)
    if (many !== undefined) many.set(value.uuid, value)
    else if (alone === undefined || alone.uuid === value.uuid) this.#alone.set(group, value)
    else {
      this.#alone.delete(group)
      this.#many.set(group, new Map([alone, value].map((one) => [one.uuid, one])))
    }
  }

  drop(group: string, uuid: string): void {
    if (this.#alone.get(group)?.uuid === uuid) this.#alone.delete(group)
    const many = this.#many.get(group)
    many?.delete(uuid)
    if (many?.size === 0) this.#many.delete(group)
  }

  of(group: string): readonly Value[] {
    const alone = this.#alone.get(group)
    return alone === undefined ? [...(this.#many.get(group)?.values() ?? [])] : [alone]
  }
}
