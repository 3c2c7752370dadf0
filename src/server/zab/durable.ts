import type { Zxid } from '../../protocol/zxid.js';

/**
 * A zxid up to which every logged transaction is on this server's device. Only a commit of the log yields one, so whatever
 * must not happen before a transaction is durable (its ACK, and where a server is alone its answer) asks for this type.
 */
export type DurableZxid = Zxid & { readonly durableBrand: unique symbol };

/**
 * A zxid up to which the ensemble has decided: a quorum has every transaction on its devices. Only what counts the
 * acknowledgements yields one; whatever shows a transaction to anybody (apply, answer, watches, snapshots) asks for it.
 */
export type CommittedZxid = Zxid & { readonly committedBrand: unique symbol };

/** An epoch that stands in the file `acceptedEpoch` on the device: only then may it be promised to anybody. */
export type DurableAcceptedEpoch = number & { readonly acceptedBrand: unique symbol };

/** An epoch that stands in the file `currentEpoch` on the device. The history that it stands for is there, too. */
export type DurableCurrentEpoch = number & { readonly currentBrand: unique symbol };

/** Everything that a leader has sent to bring this server up to date is on the device: log, snapshot and names. */
export type DurableHistory = Zxid & { readonly historyBrand: unique symbol };
