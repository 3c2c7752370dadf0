/** Told by the tour and not true: the tour ends with an error. */
export class TourFailure extends Error {
  override readonly name = 'TourFailure';
}
