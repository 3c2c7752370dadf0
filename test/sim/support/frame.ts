import { JuteWriter } from '../../../src/protocol/jute-writer.js';

/** One frame, as it goes over a connection. */
export function frame(write: (writer: JuteWriter) => void): Buffer {
  const writer = new JuteWriter();
  const at = writer.beginFrame();
  write(writer);
  writer.endFrame(at);
  return writer.take();
}
