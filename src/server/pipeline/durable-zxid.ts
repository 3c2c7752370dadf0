import type { Zxid } from '../../protocol/zxid.js';

/**
 * A zxid up to which every logged transaction is on the device. Only a commit of the log yields one, so whatever must
 * not happen before a transaction is durable (its answer, its visibility) asks for this type.
 */
export type DurableZxid = Zxid & { readonly durableBrand: unique symbol };
