/** The path on the server of what a view calls `path`. */
export function addChroot(chroot: string, path: string): string {
  if (chroot === '') return path;
  return path === '/' ? chroot : chroot + path;
}

/** What a view calls the server's `path`. A path outside the chroot (the config node) stays as it is. */
export function stripChroot(chroot: string, path: string): string {
  if (chroot === '' || !path.startsWith(chroot)) return path;
  if (path.length === chroot.length) return '/';
  return path[chroot.length] === '/' ? path.slice(chroot.length) : path;
}
