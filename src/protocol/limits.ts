/** `jute.maxbuffer`: the largest request payload a server reads, and the largest answer a Java client does. */
export const JUTE_MAXBUFFER_DEFAULT_BYTES = 0xfffff;
