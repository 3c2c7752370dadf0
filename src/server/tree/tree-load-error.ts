/** A snapshot's records do not make a tree. */
export class TreeLoadError extends Error {
  override readonly name = 'TreeLoadError';
  readonly code = 'ERR_PINFOLD_TREE_LOAD';
}
