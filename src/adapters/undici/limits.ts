/** A deadline that is noticed later than this says nothing about the receiver: the process itself stood still. */
export const lateMsMax = 1_000
/** Nor does one during which it stood still for longer than this, and for more than half of the time. */
export const stalledMsMin = 500
export const informationalMax = 16
/** Sixteen informational heads, one more, and a body at its longest come to less. */
export const bytesInMax = 393_216
