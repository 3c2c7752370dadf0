interface Verb {
    /** What it gives becomes JSON, see Json. */
    Object obey(Words words) throws Exception;
}
