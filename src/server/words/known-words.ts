/** The four-letter words, read as such from the first bytes of a connection (client-protocol 1.6). */
export const KNOWN_WORDS: readonly string[] =
  'conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat stmk wchc wchp wchs'.split(' ');
