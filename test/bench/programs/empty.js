/** The least that a program can be, to measure others against. */
