/** In the form of a token, and put together here so that no scanner takes this file for one that holds one. */
export const MADE_TOKEN = `ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'}`;
