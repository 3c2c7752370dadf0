/** Holds the members of an ensemble as text (client-protocol 4.10). */
export const CONFIG_PATH = '/zookeeper/config';

/** What the config node always has. */
export const CONFIG_NODE_VERSION = -1;
