/** What is spoken over TLS, by who asks and who answers: 1.0 and 1.1 are not, whatever Node is told by its options (RFC 8996). */
export const TLS_OLDEST = "TLSv1.2";
