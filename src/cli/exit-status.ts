/** How the `pinfold` command ends. The numbers are ZooKeeper's where it has one; docs/guide/server.md explains them. */
export const ExitStatus = {
  ok: 0,
  /** Something unexpected, a port that cannot be had, data that cannot be trusted. */
  failed: 1,
  /** A wrong command line or configuration. */
  usage: 2,
  /** The data directories are missing, mixed up, or in use. */
  dataDir: 3,
  /** What was asked about is not there (`explain`). */
  noNode: 4,
  /** The disk failed while the server ran. */
  disk: 10,
} as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];
