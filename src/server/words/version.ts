/** Release of this package. */
export const PINFOLD_VERSION = '0.1.0';

/**
 * The version as ZooKeeper's tools want to read it: they look for three numbers first, and infer from them what a server
 * can do. 3.9 is the release whose requests are all there.
 */
export const SERVER_VERSION = `3.9.3-pinfold.${PINFOLD_VERSION}, built on 2026-11-21 00:00 UTC`;
